//! Runs a table through its reader: pieces are parsed in parallel and taken in order.

use rayon::prelude::*;

use crate::error::ImportError;

/// Where the pieces of a table come from.
pub(crate) trait Pieces: Send {
    type Piece: Send + Sync;
    /// The next few pieces, parsed; none = the end.
    fn next(&mut self) -> Result<Vec<Self::Piece>, ImportError>;
}

/// Who takes the pieces.
///
/// `prepare` runs on many pieces at once and sees what all earlier batches added; `take` runs one
/// piece after the other, in the order of the file, so that numbers never depend on threads.
pub(crate) trait Taker<P> {
    type Shared: Sync;
    type Prepared: Send;
    fn shared(&self) -> &Self::Shared;
    fn prepare(shared: &Self::Shared, piece: &P) -> Self::Prepared;
    fn take(&mut self, piece: &P, prepared: Self::Prepared) -> Result<(), ImportError>;
}

/// Reads a table to its end. While pieces are taken, the next ones are parsed.
pub(crate) fn drive<S: Pieces + ?Sized, T: Taker<S::Piece>>(
    pieces: &mut S,
    taker: &mut T,
) -> Result<(), ImportError> {
    let mut batch = pieces.next()?;
    while !batch.is_empty() {
        let shared = taker.shared();
        let prepared: Vec<T::Prepared> = batch
            .par_iter()
            .map(|piece| T::prepare(shared, piece))
            .collect();
        let mut following = Ok(Vec::new());
        let taken = rayon::in_place_scope(|scope| {
            scope.spawn(|_| following = pieces.next());
            batch
                .iter()
                .zip(prepared)
                .try_for_each(|(piece, prepared)| taker.take(piece, prepared))
        });
        taken?;
        batch = following?;
    }
    Ok(())
}
