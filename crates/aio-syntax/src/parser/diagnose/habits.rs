//! Help for what CPython only calls "invalid syntax": misspelt keywords and the
//! habits of other languages.

use super::Site;
use crate::diagnostic::Diagnostic;
use crate::token::Tok;

/// Words that start statements elsewhere, and what to write here.
const FOREIGN_WORDS: [(&str, &str); 18] = [
    ("function", "define a function with `def`"),
    ("func", "define a function with `def`"),
    ("fn", "define a function with `def`"),
    ("fun", "define a function with `def`"),
    ("sub", "define a function with `def`"),
    ("var", "a variable needs no declaration: `name = value`"),
    ("let", "a variable needs no declaration: `name = value`"),
    ("const", "a variable needs no declaration: `name = value`"),
    ("int", "a variable needs no declaration: `name = value`"),
    ("float", "a variable needs no declaration: `name = value`"),
    ("string", "a variable needs no declaration: `name = value`"),
    ("switch", "write `match value:` with `case` lines"),
    ("throw", "raise an exception with `raise`"),
    ("catch", "handle an exception with `except`"),
    ("new", "an object is made by calling its class: `Name()`"),
    ("do", "a loop is `while condition:`"),
    ("foreach", "write `for item in items:`"),
    ("echo", "write `print(...)`"),
];

/// The keywords that start statements.
const STATEMENT_KEYWORDS: [&str; 25] = [
    "if", "elif", "else", "while", "for", "def", "class", "return", "import", "from", "try",
    "except", "finally", "with", "async", "await", "raise", "pass", "break", "continue", "global",
    "nonlocal", "assert", "del", "lambda",
];

impl Site<'_> {
    /// `error` with a way out, if it is clear what was meant.
    pub(super) fn with_habit_help(&self, error: Diagnostic) -> Diagnostic {
        match self.habit() {
            Some(help) => error.with_help(help),
            None => error,
        }
    }

    fn habit(&self) -> Option<String> {
        self.operator_habit()
            .map(str::to_owned)
            .or_else(|| self.word_habit())
            .or_else(|| self.structure_habit().map(str::to_owned))
    }

    /// Operators that other languages have.
    fn operator_habit(&self) -> Option<&'static str> {
        let before = self.at.checked_sub(1).map(|at| self.kind(at));
        let before_that = self.at.checked_sub(2).map(|at| self.kind(at));
        let found = self.kind(self.at);
        match (before_that, before, found) {
            (_, Some(Tok::Amper), Tok::Amper) => Some("write `and`"),
            (_, Some(Tok::VBar), Tok::VBar) => Some("write `or`"),
            (_, _, Tok::Error) => match self.text(self.at) {
                "!" => Some("write `not`"),
                "?" => Some("a condition inside an expression is `a if condition else b`"),
                "$" => Some("a name has no `$` in front"),
                "`" => Some("write a string in quotes, or call `repr(...)`"),
                _ => None,
            },
            (_, _, Tok::LessGreater) => Some("write `!=`"),
            (Some(Tok::Plus), Some(Tok::Plus), _) | (_, Some(Tok::Plus), Tok::Plus) => {
                Some("write `name += 1`")
            }
            (Some(Tok::Minus), Some(Tok::Minus), _) => Some("write `name -= 1`"),
            (_, Some(Tok::Equal), Tok::Greater) => Some("write `>=`"),
            (_, Some(Tok::Equal), Tok::Less) => Some("write `<=`"),
            (_, Some(Tok::EqEqual | Tok::NotEqual), Tok::Equal) => {
                Some("compare with `==` or `!=`, of two characters")
            }
            _ => None,
        }
    }

    /// A statement that begins with a word that is no keyword here.
    fn word_habit(&self) -> Option<String> {
        let first = self.line;
        if self.kind(first) != Tok::Name || self.at > first + 4 {
            return None;
        }
        let word = self.text(first);
        if self.at != first + 1 && self.kind(self.at - 1) != Tok::Colon {
            return None;
        }
        if let Some((_, help)) = FOREIGN_WORDS.iter().find(|(foreign, _)| *foreign == word) {
            return Some((*help).to_owned());
        }
        let meant = STATEMENT_KEYWORDS
            .iter()
            .find(|keyword| is_misspelt(word, keyword))?;
        Some(format!("did you mean `{meant}`?"))
    }

    /// Clauses in the wrong place, keywords as names.
    fn structure_habit(&self) -> Option<&'static str> {
        let found = self.kind(self.at);
        match found {
            Tok::Elif | Tok::Else if self.at == self.line => {
                Some("it must stand right behind the block of its `if`, in the same column")
            }
            Tok::Except | Tok::Finally if self.at == self.line => {
                Some("it must stand right behind the block of its `try`, in the same column")
            }
            Tok::LBrace => Some("a block is a colon and indented lines, without braces"),
            Tok::ColonEqual if self.opener_before(self.at).is_none() => {
                Some("write `=` in a statement; `:=` needs parentheses")
            }
            Tok::Equal if self.at > 0 && self.kind(self.at - 1).is_keyword() => {
                Some("a keyword cannot be used as a name")
            }
            tok if tok.is_keyword() && self.at == self.line + 1 && self.expects(Tok::Name) => {
                Some("a keyword cannot be used as a name")
            }
            _ => None,
        }
    }
}

/// Whether `word` is `keyword` with one letter wrong, missing, too many, or two
/// neighbors exchanged.
fn is_misspelt(word: &str, keyword: &str) -> bool {
    if word == keyword || word.len() < 2 || !word.is_ascii() {
        return false;
    }
    let (word, keyword) = (word.as_bytes(), keyword.as_bytes());
    let same_front = word.iter().zip(keyword).take_while(|(a, b)| a == b).count();
    let (word, keyword) = (&word[same_front..], &keyword[same_front..]);
    match (word, keyword) {
        ([a, b, rest @ ..], [c, d, other @ ..]) if a == d && b == c => rest == other,
        _ => {
            let one_wrong = word.len() == keyword.len()
                && keyword.len() + same_front > 2
                && word.get(1..) == keyword.get(1..);
            let one_more = word.get(1..) == Some(keyword);
            let one_less = keyword.get(1..) == Some(word);
            one_wrong || one_more || one_less
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_misspelt;

    #[test]
    fn misspelt_keywords() {
        for (word, keyword) in [
            ("whlie", "while"),
            ("retrun", "return"),
            ("clas", "class"),
            ("imprt", "import"),
            ("deff", "def"),
            ("fro", "for"),
            ("esle", "else"),
        ] {
            assert!(is_misspelt(word, keyword), "{word}");
        }
        assert!(!is_misspelt("while", "while"));
        assert!(!is_misspelt("result", "return"));
    }
}
