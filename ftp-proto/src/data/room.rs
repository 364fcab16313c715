//! What is left of a target while a codec writes into it.

#[derive(Debug)]
pub(super) struct Room<'a> {
    left: &'a mut [u8],
    written: usize,
}

impl<'a> Room<'a> {
    pub(super) const fn new(target: &'a mut [u8]) -> Self {
        Self {
            left: target,
            written: 0,
        }
    }

    /// Writes as many of the bytes as fit; how many did.
    pub(super) fn copy(&mut self, bytes: &[u8]) -> usize {
        let n = super::copy(bytes, self.left);
        self.advance(n);
        n
    }

    /// Writes all of the bytes, or nothing where they do not fit.
    pub(super) fn put(&mut self, bytes: &[u8]) -> bool {
        let fits = bytes.len() <= self.left.len();
        if fits {
            self.copy(bytes);
        }
        fits
    }

    /// What was not written to yet; say with [`advance`](Self::advance) how much then was.
    pub(super) const fn rest(&mut self) -> &mut [u8] {
        self.left
    }

    pub(super) fn advance(&mut self, n: usize) {
        let left = core::mem::take(&mut self.left);
        let n = n.min(left.len());
        (_, self.left) = left.split_at_mut(n);
        self.written += n;
    }

    pub(super) const fn len(&self) -> usize {
        self.left.len()
    }

    pub(super) const fn written(&self) -> usize {
        self.written
    }
}

/// Takes bytes off the front of a source.
pub(super) fn skip(rest: &mut &[u8], n: usize) {
    *rest = rest.get(n..).unwrap_or_default();
}
