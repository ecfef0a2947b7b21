//! What `aio explain` tells about each code: a wrong program, a right one, and why.
//!
//! The pages are the files in the folder `pages`. They are Markdown of a fixed form, so that a
//! terminal can show them as they are and tests can run their programs.

/// Every code with its page, in order; a table.
const PAGES: [(&str, &str); 68] = [
    ("A0001", include_str!("../pages/A0001.md")),
    ("A0002", include_str!("../pages/A0002.md")),
    ("A0003", include_str!("../pages/A0003.md")),
    ("A0004", include_str!("../pages/A0004.md")),
    ("A0005", include_str!("../pages/A0005.md")),
    ("A0006", include_str!("../pages/A0006.md")),
    ("A0007", include_str!("../pages/A0007.md")),
    ("A0008", include_str!("../pages/A0008.md")),
    ("A0009", include_str!("../pages/A0009.md")),
    ("A0010", include_str!("../pages/A0010.md")),
    ("A0011", include_str!("../pages/A0011.md")),
    ("A0012", include_str!("../pages/A0012.md")),
    ("A0013", include_str!("../pages/A0013.md")),
    ("A0014", include_str!("../pages/A0014.md")),
    ("A0015", include_str!("../pages/A0015.md")),
    ("A0016", include_str!("../pages/A0016.md")),
    ("A0017", include_str!("../pages/A0017.md")),
    ("A0018", include_str!("../pages/A0018.md")),
    ("A0019", include_str!("../pages/A0019.md")),
    ("A0020", include_str!("../pages/A0020.md")),
    ("A0021", include_str!("../pages/A0021.md")),
    ("A0022", include_str!("../pages/A0022.md")),
    ("A0023", include_str!("../pages/A0023.md")),
    ("A0030", include_str!("../pages/A0030.md")),
    ("A0031", include_str!("../pages/A0031.md")),
    ("A0050", include_str!("../pages/A0050.md")),
    ("A0051", include_str!("../pages/A0051.md")),
    ("A0052", include_str!("../pages/A0052.md")),
    ("A0053", include_str!("../pages/A0053.md")),
    ("A0054", include_str!("../pages/A0054.md")),
    ("A0055", include_str!("../pages/A0055.md")),
    ("A0056", include_str!("../pages/A0056.md")),
    ("A0057", include_str!("../pages/A0057.md")),
    ("A0058", include_str!("../pages/A0058.md")),
    ("A0059", include_str!("../pages/A0059.md")),
    ("A0060", include_str!("../pages/A0060.md")),
    ("A0061", include_str!("../pages/A0061.md")),
    ("A0062", include_str!("../pages/A0062.md")),
    ("A0063", include_str!("../pages/A0063.md")),
    ("A0101", include_str!("../pages/A0101.md")),
    ("A0102", include_str!("../pages/A0102.md")),
    ("A0103", include_str!("../pages/A0103.md")),
    ("A0104", include_str!("../pages/A0104.md")),
    ("A0105", include_str!("../pages/A0105.md")),
    ("A0106", include_str!("../pages/A0106.md")),
    ("A0108", include_str!("../pages/A0108.md")),
    ("A0109", include_str!("../pages/A0109.md")),
    ("A0110", include_str!("../pages/A0110.md")),
    ("A0111", include_str!("../pages/A0111.md")),
    ("A0112", include_str!("../pages/A0112.md")),
    ("A0114", include_str!("../pages/A0114.md")),
    ("A0115", include_str!("../pages/A0115.md")),
    ("A0116", include_str!("../pages/A0116.md")),
    ("A0117", include_str!("../pages/A0117.md")),
    ("A0118", include_str!("../pages/A0118.md")),
    ("A0119", include_str!("../pages/A0119.md")),
    ("A0120", include_str!("../pages/A0120.md")),
    ("A0121", include_str!("../pages/A0121.md")),
    ("A0122", include_str!("../pages/A0122.md")),
    ("A0124", include_str!("../pages/A0124.md")),
    ("A0125", include_str!("../pages/A0125.md")),
    ("A0126", include_str!("../pages/A0126.md")),
    ("A0127", include_str!("../pages/A0127.md")),
    ("A0128", include_str!("../pages/A0128.md")),
    ("A0129", include_str!("../pages/A0129.md")),
    ("A0130", include_str!("../pages/A0130.md")),
    ("A0131", include_str!("../pages/A0131.md")),
    ("A0301", include_str!("../pages/A0301.md")),
];

/// One page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The code, such as `A0101`.
    pub code: &'static str,
    /// Markdown: a heading, the reason, a wrong and a right program.
    pub text: &'static str,
}

impl Page {
    /// What the code says, in a few words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        let heading = self.text.lines().next().unwrap_or_default();
        heading.split_once(": ").map_or(heading, |(_, title)| title)
    }
}

/// All pages, in the order of their codes.
pub fn pages() -> impl Iterator<Item = Page> {
    PAGES.into_iter().map(|(code, text)| Page { code, text })
}

/// The page of a code, which may be written in small letters or without its `A` and zeros.
#[must_use]
pub fn page(code: &str) -> Option<Page> {
    let digits = code.trim_start_matches(['a', 'A']);
    let wanted: u32 = digits.parse().ok()?;
    pages().find(|page| page.code.trim_start_matches('A').parse() == Ok(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_however_it_is_written() {
        let found = page("A0101");
        assert!(found.is_some());
        assert_eq!(page("a0101"), found);
        assert_eq!(page("101"), found);
        assert_eq!(page("A0999"), None);
        assert_eq!(page("await"), None);
    }

    #[test]
    fn pages_have_one_word_for_one_thing() {
        let others = [
            "coro ",
            "eventloop",
            "event-loop",
            "promise",
            "green thread",
            "awaitable",
            "asynchronous function",
            "state machine",
            "scheduler",
            "runtime",
        ];
        for page in pages() {
            let lower = page.text.to_lowercase();
            let found = others.iter().find(|word| lower.contains(**word));
            assert_eq!(found, None, "{}", page.code);
        }
    }

    #[test]
    fn every_page_has_its_form() {
        for page in pages() {
            assert!(page.text.starts_with(&format!("# {}: ", page.code)));
            for part in ["\nWrong:\n\n```aio,wrong\n", "\nRight:\n\n```aio\n"] {
                assert!(page.text.contains(part), "{}: no {part}", page.code);
            }
            let wide = page.text.lines().find(|line| line.chars().count() > 100);
            let is_deep = page.code == "A0019";
            assert!(is_deep || wide.is_none(), "{}: {wide:?}", page.code);
        }
    }
}
