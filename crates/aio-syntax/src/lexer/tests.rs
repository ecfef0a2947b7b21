//! The layout of tokens, one behavior per test.

use super::tokenize;
use crate::token::Tok::{self, *};

fn kinds(source: &str) -> Vec<Tok> {
    let tokenized = tokenize(source);
    assert_eq!(tokenized.diagnostics, [], "{source:?}");
    assert_eq!(tokenized.tokens.kinds.len(), tokenized.tokens.spans.len());
    tokenized.tokens.kinds
}

fn messages(source: &str) -> Vec<String> {
    let diagnostics = tokenize(source).diagnostics.into_iter();
    diagnostics.map(|diagnostic| diagnostic.message).collect()
}

#[test]
fn a_block_is_indent_and_dedent() {
    assert_eq!(
        kinds("if x:\n    y\nz"),
        [
            If, Name, Colon, Newline, Indent, Name, Newline, Dedent, Name, Newline, End
        ]
    );
}

#[test]
fn blank_lines_and_comments_have_no_indentation() {
    assert_eq!(
        kinds("x\n\n   # c\n\t\ny # d\n  "),
        [Name, Newline, Name, Newline, End]
    );
}

#[test]
fn line_ends_in_brackets_do_not_count() {
    assert_eq!(
        kinds("(\n  x,\n\r\n)\r\n"),
        [LPar, Name, Comma, RPar, Newline, End]
    );
}

#[test]
fn a_backslash_joins_lines() {
    assert_eq!(kinds("x + \\\n  y"), [Name, Plus, Name, Newline, End]);
}

#[test]
fn fstring_with_spec_conversion_and_nesting() {
    assert_eq!(
        kinds("f'a{x!r:>{w}}{{b'"),
        [
            FStringStart,
            FStringMiddle,
            LBrace,
            Name,
            Exclamation,
            Name,
            Colon,
            FStringMiddle,
            LBrace,
            Name,
            RBrace,
            RBrace,
            FStringMiddle,
            FStringEnd,
            Newline,
            End
        ]
    );
}

#[test]
fn walrus_in_a_field_is_a_format_spec() {
    assert_eq!(
        kinds("f'{x:=5}'"),
        [
            FStringStart,
            LBrace,
            Name,
            Colon,
            FStringMiddle,
            RBrace,
            FStringEnd,
            Newline,
            End
        ]
    );
    assert!(kinds("f'{(x:=5)}'").contains(&ColonEqual));
}

#[test]
fn the_same_quotes_inside_an_fstring() {
    assert_eq!(
        kinds("f'{d['k']}'"),
        [
            FStringStart,
            LBrace,
            Name,
            LSqb,
            Str,
            RSqb,
            RBrace,
            FStringEnd,
            Newline,
            End
        ]
    );
}

#[test]
fn named_escape_in_an_fstring_is_text() {
    assert_eq!(
        kinds(r"f'\N{BULLET}'"),
        [FStringStart, FStringMiddle, FStringEnd, Newline, End]
    );
}

#[test]
fn wrong_numbers() {
    for (source, message) in [
        ("1_", "invalid decimal literal"),
        ("1__0", "invalid decimal literal"),
        ("1abc", "invalid decimal literal"),
        ("1e", "invalid decimal literal"),
        ("1jx", "invalid imaginary literal"),
        ("0b12", "invalid digit '2' in binary literal"),
        ("0o8", "invalid digit '8' in octal literal"),
        ("0xg", "invalid hexadecimal literal"),
        (
            "0777",
            "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
        ),
    ] {
        assert_eq!(messages(source), [message], "{source}");
    }
    for source in [
        "0x_f",
        "1_0.0_1e1_0",
        "00",
        "0_0",
        "1.",
        ".5j",
        "0777.",
        "1e-5",
        "1..real",
    ] {
        kinds(source);
    }
}

#[test]
fn tabs_against_spaces() {
    assert_eq!(
        messages("if x:\n\ty\n        z\n"),
        ["inconsistent use of tabs and spaces in indentation"]
    );
    kinds("if x:\n\ty\n\tz\n");
}

#[test]
fn forgotten_bracket_does_not_swallow_the_file() {
    let tokenized = tokenize("x = foo(1, 2\ndef f():\n    pass\n");
    assert_eq!(tokenized.diagnostics.len(), 1);
    assert_eq!(tokenized.diagnostics[0].message, "'(' was never closed");
    assert!(tokenized.tokens.kinds.contains(&Indent));
}

#[test]
fn limits_of_nesting() {
    assert_eq!(
        messages(&format!("{}{}", "(".repeat(200), ")".repeat(200))),
        [""; 0]
    );
    assert_eq!(messages(&"(".repeat(201)), ["too many nested parentheses"]);
    let blocks = |depth: usize| -> String {
        (0..depth)
            .map(|level| format!("{}if x:\n", " ".repeat(level)))
            .chain([format!("{}x\n", " ".repeat(depth))])
            .collect()
    };
    assert_eq!(messages(&blocks(98)), [""; 0]);
    assert_eq!(messages(&blocks(100))[0], "too many levels of indentation");
}
