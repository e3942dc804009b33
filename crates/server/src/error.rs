//! What goes wrong with a request, shown to whoever asked and, where it is our fault, logged once.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use countersign_core::program::May;
use countersign_core::staff::Role;
use countersign_store::StoreError;
use countersign_ui::pages::public::{Trouble, Wrong};
use countersign_ui::pages::staff::{Shell, StaffTrouble, StaffWrong};
use countersign_ui::{Language, ReportError};

use crate::problem::{self, FieldProblem};

/// A request that gets no page of its own.
#[derive(Debug)]
pub(crate) enum PageError {
    /// There is nothing here, or nothing for this person.
    NotFound,
    /// It can't be read; says what.
    Bad(&'static str),
    /// A name that a program gave to its report was used for another.
    Used(&'static str),
    /// Fields of what a program sent.
    Fields(Vec<FieldProblem>),
    /// A program that shows no token.
    NoToken,
    /// A token that is not known, or was ended.
    WrongToken,
    /// A program whose token does not allow this.
    MayNot(May),
    /// One of these roles is needed.
    Forbidden(&'static [Role]),
    /// Nobody is signed in.
    SignIn,
    /// It was done already, or somebody was faster; in words.
    Conflict(String),
    /// Too many in a short time.
    TooMany,
    /// So much waits that no more is taken now.
    Busy,
    /// Longer than is taken.
    TooLong,
    /// A body of a kind that is not read; says which is.
    Unsupported(&'static str),
    /// Our fault.
    Internal(Box<dyn core::error::Error + Send + Sync>),
}

impl PageError {
    pub(crate) fn bad(what: &'static str) -> Self {
        Self::Bad(what)
    }

    pub(crate) fn internal(error: impl core::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(error))
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Bad(_) => StatusCode::BAD_REQUEST,
            Self::Fields(_) | Self::Used(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NoToken | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::MayNot(_) => StatusCode::FORBIDDEN,
            Self::SignIn => StatusCode::SEE_OTHER,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unsupported(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// What the store says is our fault: handlers check first what callers can get wrong.
impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self::internal(error)
    }
}

impl From<ReportError> for PageError {
    fn from(error: ReportError) -> Self {
        Self::internal(error)
    }
}

/// For whom the page of an error is drawn; a layer puts it in place of what a handler gave.
#[derive(Clone, Debug)]
pub(crate) enum Reader {
    Public(Language),
    Staff(Shell),
    Program,
}

/// An error on its way to the layer that draws it.
#[derive(Clone, Debug)]
struct Kept(std::sync::Arc<PageError>);

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        if let Self::SignIn = self {
            return (StatusCode::SEE_OTHER, [("location", "/sign-in")]).into_response();
        }
        let mut response = self.status().into_response();
        if let Self::Internal(error) = &self {
            tracing::error!(error = error.as_ref(), "a request failed");
        }
        response
            .extensions_mut()
            .insert(Kept(std::sync::Arc::new(self)));
        response
    }
}

/// Marks a page that was drawn for somebody already.
#[derive(Clone, Copy, Debug)]
struct Drawn;

/// Draws the page of an error, if the response is one.
pub(crate) fn drawn(response: Response, reader: Reader) -> Response {
    if response.extensions().get::<Drawn>().is_some() {
        return response;
    }
    let mut status = response.status();
    let kept = response.extensions().get::<Kept>().cloned();
    let kept = kept.map(|Kept(error)| error);
    let error = match (&kept, status) {
        (Some(error), _) => error.as_ref(),
        (None, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) => &PageError::NotFound,
        (None, StatusCode::PAYLOAD_TOO_LARGE) => &PageError::Bad("it is too long"),
        // The framework's own words repeat what was sent.
        (
            None,
            StatusCode::BAD_REQUEST
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::UNPROCESSABLE_ENTITY,
        ) => {
            status = StatusCode::BAD_REQUEST;
            &PageError::Bad("it can't be read")
        }
        _ => return response,
    };
    let page = match reader {
        Reader::Public(language) => {
            let wrong = match error {
                PageError::NotFound => Wrong::NotFound,
                PageError::TooMany | PageError::Busy => Wrong::TooMany,
                PageError::Internal(_) => Wrong::Internal,
                PageError::Bad(_)
                | PageError::Fields(_)
                | PageError::Used(_)
                | PageError::TooLong
                | PageError::Unsupported(_)
                | PageError::NoToken
                | PageError::WrongToken
                | PageError::MayNot(_)
                | PageError::Forbidden(_)
                | PageError::SignIn
                | PageError::Conflict(_) => Wrong::BadRequest,
            };
            Trouble { language, wrong }.render()
        }
        Reader::Staff(shell) => {
            let wrong = match error {
                PageError::NotFound => StaffWrong::NotFound,
                PageError::Forbidden(roles) => StaffWrong::Forbidden(roles.to_vec()),
                PageError::Conflict(what) => StaffWrong::Conflict(what.clone()),
                PageError::Bad(what) => StaffWrong::Conflict((*what).to_owned()),
                PageError::TooMany | PageError::Busy => {
                    StaffWrong::Conflict("too many in a short time".to_owned())
                }
                PageError::Fields(_)
                | PageError::Used(_)
                | PageError::TooLong
                | PageError::Unsupported(_)
                | PageError::NoToken
                | PageError::WrongToken
                | PageError::MayNot(_)
                | PageError::SignIn
                | PageError::Internal(_) => StaffWrong::Internal("see the server's log".to_owned()),
            };
            StaffTrouble { shell, wrong }.render()
        }
        Reader::Program => {
            let mut response = problem::response(error, status);
            response.extensions_mut().insert(Drawn);
            return response;
        }
    };
    let mut response = match page {
        Ok(page) => (status, Html(page)).into_response(),
        Err(_error) => status.into_response(),
    };
    response.extensions_mut().insert(Drawn);
    response
}
