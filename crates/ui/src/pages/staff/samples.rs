//! The pages of staff with made-up contents.

use crate::ReportError;

/// Every sample with its name, drawn.
///
/// # Errors
/// [`ReportError::Template`] when the template engine fails.
pub fn samples() -> Result<Vec<(String, String)>, ReportError> {
    Ok(Vec::new())
}
