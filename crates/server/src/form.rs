//! What a form posts: fields with their values, of bounded size.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};

use crate::error::PageError;

/// Fields in the order in which they were posted.
#[derive(Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl core::fmt::Debug for Fields {
    /// Their names; what was typed is personal data.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

impl Fields {
    /// Reads what a browser writes.
    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first value of a field; empty if it is not there.
    pub(crate) fn one(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// A field's number, if it is one.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.one(name).parse().ok()
    }

    /// All values of a field.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let found = self.0.iter().filter(move |(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All fields.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let kind = request.headers().get(axum::http::header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(PageError::bad(
                "the form came in a way that is not taken here",
            ));
        }
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|_error| PageError::bad("the form is too long"))?;
        Ok(Self::parse(&body))
    }
}

/// Bytes of a form: all answers of a report are under 8 KiB, and letters of some scripts take nine
/// bytes each on the way.
pub(crate) const LONGEST: usize = 64 << 10;
