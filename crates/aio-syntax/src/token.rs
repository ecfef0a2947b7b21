//! The kinds of tokens.
//!
//! A token is only its kind; its text is taken from its span when somebody needs
//! it. There are fewer than 128 kinds, so that a set of kinds is one `u128`
//! ([`TokSet`]): that is what the parser's errors carry.
//!
//! `match`, `case`, `type` and `_` are names here; the parser knows where they
//! are keywords.

use logos::Logos;

/// The kind of a token.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[logos(skip(r"[ \t\f]+"))]
#[logos(skip(r"\\(\r\n|\n|\r)"))]
#[logos(skip(r"#[^\r\n]*", allow_greedy = true))]
pub enum Tok {
    /// An identifier or soft keyword. Beyond ASCII the lexer checks further.
    #[regex(r"[a-zA-Z_\u{80}-\u{10FFFF}][a-zA-Z0-9_\u{80}-\u{10FFFF}]*")]
    Name,
    /// An integer.
    #[regex(r"[0-9][0-9_]*")]
    #[regex(r"0[xX][0-9a-fA-F_]*")]
    #[regex(r"0[oO][0-7_]*")]
    #[regex(r"0[bB][01_]*")]
    Int,
    /// A float.
    #[regex(r"([0-9][0-9_]*)?\.[0-9][0-9_]*([eE][+-]?[0-9][0-9_]*)?")]
    #[regex(r"[0-9][0-9_]*\.([eE][+-]?[0-9][0-9_]*)?")]
    #[regex(r"[0-9][0-9_]*[eE][+-]?[0-9][0-9_]*")]
    Float,
    /// An imaginary number.
    #[regex(r"([0-9][0-9_]*)?\.[0-9][0-9_]*([eE][+-]?[0-9][0-9_]*)?[jJ]")]
    #[regex(r"[0-9][0-9_]*\.([eE][+-]?[0-9][0-9_]*)?[jJ]")]
    #[regex(r"[0-9][0-9_]*([eE][+-]?[0-9][0-9_]*)?[jJ]")]
    Imaginary,
    /// A string or bytes literal. The pattern covers its opening only; the lexer
    /// finds the end.
    #[regex(r#"([rR]|[uU]|[bB]|[bB][rR]|[rR][bB])?['"]"#)]
    Str,
    /// The opening of an f-string with its prefix.
    #[regex(r#"([fF]|[fF][rR]|[rR][fF])['"]"#)]
    FStringStart,
    /// A literal piece of an f-string.
    FStringMiddle,
    /// The closing quotes of an f-string.
    FStringEnd,

    /// The end of a logical line.
    #[regex(r"\r\n|\n|\r")]
    Newline,
    /// The indentation grows.
    Indent,
    /// The indentation shrinks by one block.
    Dedent,
    /// The end of the source; always the last token.
    End,
    /// Something that is no token.
    Error,

    /// `False`
    #[token("False")]
    False,
    /// `None`
    #[token("None")]
    None,
    /// `True`
    #[token("True")]
    True,
    /// `and`
    #[token("and")]
    And,
    /// `as`
    #[token("as")]
    As,
    /// `assert`
    #[token("assert")]
    Assert,
    /// `async`
    #[token("async")]
    Async,
    /// `await`
    #[token("await")]
    Await,
    /// `break`
    #[token("break")]
    Break,
    /// `class`
    #[token("class")]
    Class,
    /// `continue`
    #[token("continue")]
    Continue,
    /// `def`
    #[token("def")]
    Def,
    /// `del`
    #[token("del")]
    Del,
    /// `elif`
    #[token("elif")]
    Elif,
    /// `else`
    #[token("else")]
    Else,
    /// `except`
    #[token("except")]
    Except,
    /// `finally`
    #[token("finally")]
    Finally,
    /// `for`
    #[token("for")]
    For,
    /// `from`
    #[token("from")]
    From,
    /// `global`
    #[token("global")]
    Global,
    /// `if`
    #[token("if")]
    If,
    /// `import`
    #[token("import")]
    Import,
    /// `in`
    #[token("in")]
    In,
    /// `is`
    #[token("is")]
    Is,
    /// `lambda`
    #[token("lambda")]
    Lambda,
    /// `nonlocal`
    #[token("nonlocal")]
    Nonlocal,
    /// `not`
    #[token("not")]
    Not,
    /// `or`
    #[token("or")]
    Or,
    /// `pass`
    #[token("pass")]
    Pass,
    /// `raise`
    #[token("raise")]
    Raise,
    /// `return`
    #[token("return")]
    Return,
    /// `try`
    #[token("try")]
    Try,
    /// `while`
    #[token("while")]
    While,
    /// `with`
    #[token("with")]
    With,
    /// `yield`
    #[token("yield")]
    Yield,

    /// `(`
    #[token("(")]
    LPar,
    /// `)`
    #[token(")")]
    RPar,
    /// `[`
    #[token("[")]
    LSqb,
    /// `]`
    #[token("]")]
    RSqb,
    /// `{`
    #[token("{")]
    LBrace,
    /// `}`
    #[token("}")]
    RBrace,
    /// `,`
    #[token(",")]
    Comma,
    /// `:`
    #[token(":")]
    Colon,
    /// `:=`
    #[token(":=")]
    ColonEqual,
    /// `;`
    #[token(";")]
    Semi,
    /// `.`
    #[token(".")]
    Dot,
    /// `...`
    #[token("...")]
    Ellipsis,
    /// `->`
    #[token("->")]
    RArrow,
    /// `!`, inside an f-string
    #[token("!")]
    Exclamation,
    /// `=`
    #[token("=")]
    Equal,
    /// `==`
    #[token("==")]
    EqEqual,
    /// `!=`
    #[token("!=")]
    NotEqual,
    /// `<>`, only to say that it is wrong
    #[token("<>")]
    LessGreater,
    /// `<`
    #[token("<")]
    Less,
    /// `<=`
    #[token("<=")]
    LessEqual,
    /// `>`
    #[token(">")]
    Greater,
    /// `>=`
    #[token(">=")]
    GreaterEqual,
    /// `+`
    #[token("+")]
    Plus,
    /// `-`
    #[token("-")]
    Minus,
    /// `*`
    #[token("*")]
    Star,
    /// `**`
    #[token("**")]
    DoubleStar,
    /// `/`
    #[token("/")]
    Slash,
    /// `//`
    #[token("//")]
    DoubleSlash,
    /// `%`
    #[token("%")]
    Percent,
    /// `@`
    #[token("@")]
    At,
    /// `&`
    #[token("&")]
    Amper,
    /// `|`
    #[token("|")]
    VBar,
    /// `^`
    #[token("^")]
    Circumflex,
    /// `~`
    #[token("~")]
    Tilde,
    /// `<<`
    #[token("<<")]
    LeftShift,
    /// `>>`
    #[token(">>")]
    RightShift,
    /// `+=`
    #[token("+=")]
    PlusEqual,
    /// `-=`
    #[token("-=")]
    MinEqual,
    /// `*=`
    #[token("*=")]
    StarEqual,
    /// `/=`
    #[token("/=")]
    SlashEqual,
    /// `//=`
    #[token("//=")]
    DoubleSlashEqual,
    /// `%=`
    #[token("%=")]
    PercentEqual,
    /// `@=`
    #[token("@=")]
    AtEqual,
    /// `&=`
    #[token("&=")]
    AmperEqual,
    /// `|=`
    #[token("|=")]
    VBarEqual,
    /// `^=`
    #[token("^=")]
    CircumflexEqual,
    /// `<<=`
    #[token("<<=")]
    LeftShiftEqual,
    /// `>>=`
    #[token(">>=")]
    RightShiftEqual,
    /// `**=`
    #[token("**=")]
    DoubleStarEqual,

    /// Never lexed: stands for "an expression" in a set of expected tokens.
    Operand,
    /// Never lexed: stands for "an indented block" in a set of expected tokens.
    Block,
    /// Never lexed: stands for "a statement" in a set of expected tokens.
    Statement,
    /// Never lexed: stands for "a pattern" in a set of expected tokens.
    Pattern,
}

impl Tok {
    /// Whether this is one of the 35 keywords.
    #[must_use]
    pub const fn is_keyword(self) -> bool {
        self as u8 >= Tok::False as u8 && self as u8 <= Tok::Yield as u8
    }

    /// Whether this opens a bracket.
    #[must_use]
    pub const fn is_opener(self) -> bool {
        matches!(self, Tok::LPar | Tok::LSqb | Tok::LBrace)
    }

    /// Whether this closes a bracket.
    #[must_use]
    pub const fn is_closer(self) -> bool {
        matches!(self, Tok::RPar | Tok::RSqb | Tok::RBrace)
    }

    /// The bracket that belongs to this one; `None` for other tokens.
    #[must_use]
    pub const fn partner(self) -> Option<Tok> {
        match self {
            Tok::LPar => Some(Tok::RPar),
            Tok::RPar => Some(Tok::LPar),
            Tok::LSqb => Some(Tok::RSqb),
            Tok::RSqb => Some(Tok::LSqb),
            Tok::LBrace => Some(Tok::RBrace),
            Tok::RBrace => Some(Tok::LBrace),
            _ => None,
        }
    }

    /// Whether an augmented assignment is written with this.
    #[must_use]
    pub const fn is_augmented_assignment(self) -> bool {
        self as u8 >= Tok::PlusEqual as u8 && self as u8 <= Tok::DoubleStarEqual as u8
    }

    /// Whether this starts a compound statement (a soft keyword never does here).
    #[must_use]
    pub const fn is_compound_keyword(self) -> bool {
        matches!(
            self,
            Tok::If
                | Tok::While
                | Tok::For
                | Tok::With
                | Tok::Try
                | Tok::Def
                | Tok::Class
                | Tok::Async
                | Tok::At
        )
    }

    /// Whether this can only stand at the start of a statement or of a clause.
    #[must_use]
    pub const fn is_statement_keyword(self) -> bool {
        matches!(
            self,
            Tok::Assert
                | Tok::Break
                | Tok::Class
                | Tok::Continue
                | Tok::Def
                | Tok::Del
                | Tok::Elif
                | Tok::Except
                | Tok::Finally
                | Tok::Global
                | Tok::Import
                | Tok::Nonlocal
                | Tok::Pass
                | Tok::Raise
                | Tok::Return
                | Tok::Try
                | Tok::While
                | Tok::With
        )
    }
}

/// A set of token kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TokSet(u128);

impl TokSet {
    /// The set without members.
    pub const EMPTY: TokSet = TokSet(0);

    /// The set of `tokens`.
    #[must_use]
    pub const fn of(tokens: &[Tok]) -> TokSet {
        let mut bits = 0;
        let mut index = 0;
        while index < tokens.len() {
            bits |= 1 << tokens[index] as u8;
            index += 1;
        }
        TokSet(bits)
    }

    /// Whether `tok` is a member.
    #[must_use]
    pub const fn contains(self, tok: Tok) -> bool {
        self.0 & (1 << tok as u8) != 0
    }

    /// The members of both.
    #[must_use]
    pub const fn union(self, other: TokSet) -> TokSet {
        TokSet(self.0 | other.0)
    }

    /// Whether there is no member.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The number of members.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_fits_into_a_set() {
        assert!((Tok::Pattern as u8) < 128);
    }

    #[test]
    fn keywords_are_contiguous() {
        let keywords = (Tok::False as u8..=Tok::Yield as u8).count();
        assert_eq!(keywords, 35);
        assert!(!Tok::LPar.is_keyword() && !Tok::Error.is_keyword());
    }
}
