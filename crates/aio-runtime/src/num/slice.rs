//! The arithmetic of slices and of the `start` and `end` arguments of searches.

/// The positions that a slice takes: `count` of them, from `start` on, `step` apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceRange {
    /// The first position; meaningless if the count is zero, but never beyond the length.
    pub start: i64,
    /// The limit, not taken itself.
    pub stop: i64,
    /// The distance, not zero.
    pub step: i64,
    /// How many positions there are.
    pub count: usize,
}

/// Resolves `[start:stop:step]` over `len` items, as `slice.indices` does. The step must not be zero.
pub fn slice_range(
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
    len: usize,
) -> SliceRange {
    let step = step.unwrap_or(1);
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
    let clamp = |idx: i64| {
        let from_front = if idx < 0 {
            idx.saturating_add(len)
        } else {
            idx
        };
        from_front.clamp(low, high)
    };
    let (first, last) = if step < 0 { (high, low) } else { (low, high) };
    let start = start.map_or(first, clamp);
    let stop = stop.map_or(last, clamp);
    let distance = if step < 0 { start - stop } else { stop - start };
    let count = if distance <= 0 {
        0
    } else {
        (distance as u64 - 1) / step.unsigned_abs() + 1
    };
    SliceRange {
        start,
        stop,
        step,
        count: count as usize,
    }
}

/// Resolves `[start:stop]` over `len` items. The start may lie beyond the stop: then there are none.
#[inline]
pub fn ends(start: Option<i64>, stop: Option<i64>, len: usize) -> (usize, usize) {
    let clamp = |idx: i64| match usize::try_from(idx) {
        Ok(idx) => idx.min(len),
        Err(_) => {
            let from_back = usize::try_from(idx.unsigned_abs()).unwrap_or(usize::MAX);
            len.saturating_sub(from_back)
        }
    };
    (start.map_or(0, clamp), stop.map_or(len, clamp))
}

/// Resolves the `start` and `end` of a search over `len` items. The start may lie beyond the end, or beyond the
/// length: then even an empty needle is not found.
pub fn search_range(start: Option<i64>, end: Option<i64>, len: usize) -> (usize, usize) {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let from_front = |idx: i64| if idx < 0 { (idx + len).max(0) } else { idx };
    let start = from_front(start.unwrap_or(0));
    let end = from_front(end.unwrap_or(len)).min(len);
    (start as usize, end as usize)
}

/// Resolves an index that may count from the back; none if it is out of range.
pub fn index(idx: i64, len: usize) -> Option<usize> {
    let from_front = if idx < 0 {
        idx.checked_add(i64::try_from(len).ok()?)?
    } else {
        idx
    };
    usize::try_from(from_front).ok().filter(|&idx| idx < len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_those_of_a_range() {
        let bounds = [i64::MIN, -9, -5, -2, -1, 0, 1, 3, 5, 8, i64::MAX];
        let bounds = || bounds.into_iter().map(Some).chain([None]);
        for (start, stop) in bounds().flat_map(|start| bounds().map(move |stop| (start, stop))) {
            let range = slice_range(start, stop, None, 5);
            let (from, to) = ends(start, stop, 5);
            assert_eq!(to.saturating_sub(from), range.count);
            assert!(range.count == 0 || from as i64 == range.start);
        }
    }

    #[test]
    fn slices_resolve_as_slice_indices_does() {
        let resolve = |start, stop, step, len| {
            let range = slice_range(start, stop, step, len);
            (range.start, range.stop, range.count)
        };
        assert_eq!(resolve(None, None, None, 5), (0, 5, 5));
        assert_eq!(resolve(Some(-3), None, None, 5), (2, 5, 3));
        assert_eq!(resolve(None, None, Some(-1), 5), (4, -1, 5));
        assert_eq!(resolve(Some(10), Some(-10), Some(-2), 5), (4, -1, 3));
        assert_eq!(resolve(Some(3), Some(1), None, 5), (3, 1, 0));
        assert_eq!(resolve(Some(1), Some(4), Some(2), 5), (1, 4, 2));
        assert_eq!(
            resolve(Some(i64::MIN), Some(i64::MAX), Some(i64::MAX), 5),
            (0, 5, 1)
        );
        assert_eq!(resolve(None, None, Some(i64::MIN), 5), (4, -1, 1));
        assert_eq!(resolve(None, None, Some(-1), 0), (-1, -1, 0));
    }

    #[test]
    fn searches_and_indices_count_from_the_back() {
        assert_eq!(search_range(Some(-2), None, 5), (3, 5));
        assert_eq!(search_range(Some(7), Some(9), 5), (7, 5));
        assert_eq!(search_range(Some(-9), Some(-9), 5), (0, 0));
        assert_eq!(index(-1, 3), Some(2));
        assert_eq!(index(-4, 3), None);
        assert_eq!(index(3, 3), None);
    }
}
