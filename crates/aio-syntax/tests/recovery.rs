//! Several mistakes in one file, and texts that would break a careless parser.

use aio_syntax::{
    Diagnostic, MAX_EXPRESSION_HEIGHT, dump_ast, parse, parse_expression, parse_interactive,
};

/// `line: message` of every error.
fn errors(source: &str) -> Vec<String> {
    let mut found: Vec<_> = parse(source)
        .diagnostics
        .into_iter()
        .filter(Diagnostic::is_error)
        .map(|one| {
            let start = one.primary.span.start as usize;
            let line = source[..start].matches('\n').count() + 1;
            (line, format!("{line}: {}", one.message))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn one_error_per_bad_statement_and_none_cascading() {
    let source = "\
x = 1 +
if x = 1:
    y = (1 2)
    z = 3
else:
    f() = 2
def g(:
    return 5 5
print \"hello\"
while True
    pass
    x = = 1
for i in range(3):
    whlie i:
        pass
class A:
    def f(self, a=1, b):
        pass
s = 'abc
t = 0777
";
    assert_eq!(
        errors(source),
        [
            "1: invalid syntax",
            "2: invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
            "3: invalid syntax. Perhaps you forgot a comma?",
            "6: cannot assign to function call here. Maybe you meant '==' instead of '='?",
            "7: invalid syntax",
            "8: invalid syntax",
            "9: Missing parentheses in call to 'print'. Did you mean print(...)?",
            "10: expected ':'",
            "12: invalid syntax",
            "14: invalid syntax",
            "17: parameter without a default follows parameter with a default",
            "19: unterminated string literal (detected at line 19)",
            "20: leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
        ]
    );
}

#[test]
fn good_statements_beside_bad_ones_are_in_the_tree() {
    let parsed = parse("a = 1\nb = = 2\nc = 3\nif c\n    d = 4\n");
    assert_eq!(parsed.diagnostics.len(), 2);
    let dump = dump_ast(&parsed.module);
    for name in ["Name a", "Name c", "Name d"] {
        assert!(dump.contains(name), "{dump}");
    }
    assert!(!dump.contains("Name b"), "{dump}");
}

#[test]
fn helps_say_what_to_write() {
    for (source, help) in [
        (
            "if x:\n    pass\nelse if y:\n    pass\n",
            "write `elif` for `else if`",
        ),
        ("whlie x < 3:\n    pass\n", "did you mean `while`?"),
        ("function f():\n    pass\n", "define a function with `def`"),
        ("a && b\n", "write `and`"),
        ("a || b\n", "write `or`"),
        (
            "x = a ? b : c\n",
            "a condition inside an expression is `a if condition else b`",
        ),
        ("x++\n", "write `name += 1`"),
        ("if x == 1\n    pass\n", "end the line with a colon"),
        ("print \"a\"\n", "write `print(\"a\")`"),
        (
            "x = \u{201c}a\u{201d}\n",
            "write a plain double quote (\") instead",
        ),
        (
            "except E, F:\n",
            "it must stand right behind the block of its `try`, in the same column",
        ),
    ] {
        let helps: Vec<_> = parse(source)
            .diagnostics
            .into_iter()
            .filter_map(|one| one.help)
            .collect();
        assert!(helps.iter().any(|one| one == help), "{source}: {helps:?}");
    }
}

#[test]
fn a_forgotten_bracket_ends_where_a_statement_starts() {
    let source = "x = foo(1, 2\n\ndef f():\n    return = 1\n";
    assert_eq!(
        errors(source),
        ["1: '(' was never closed", "4: invalid syntax"]
    );
}

#[test]
fn a_statement_inside_brackets_is_one_error() {
    assert_eq!(
        errors("foo(1,\ndef f(): pass\n)\nx = 1\n"),
        ["1: invalid syntax"]
    );
}

#[test]
fn deep_texts_are_refused_and_do_not_overflow() {
    let refused = |source: &str, message: &str| {
        let messages = errors(source);
        assert!(
            messages.iter().any(|one| one.contains(message)),
            "{messages:?} lacks {message}"
        );
    };
    let many = 200_000;
    refused(&"(".repeat(many), "too many nested parentheses");
    refused(&"f'{".repeat(many), "too many nested");
    for chain in [
        format!("{}1", "-".repeat(many)),
        format!("{}1", "not ".repeat(many)),
        format!("{}1", "lambda: ".repeat(many)),
        format!("1{}", "**1".repeat(many)),
        format!("1{}", "+1".repeat(many)),
        format!("a{}", ".b".repeat(many)),
        format!("a{}", "()".repeat(many)),
        format!("a{}", " if b else c".repeat(many)),
    ] {
        refused(&chain, "too many nested expressions");
    }
    // Neither of these is deep.
    let elif = "elif x:\n    pass\n".repeat(5000);
    assert_eq!(errors(&format!("if x:\n    pass\n{elif}")), [""; 0]);
    assert_eq!(errors(&format!("x = [{}]", "1, ".repeat(many))), [""; 0]);
    assert_eq!(errors(&format!("x = a{}", " and b".repeat(many))), [""; 0]);
    assert_eq!(errors(&format!("{}1", "x = ".repeat(1000))), [""; 0]);
}

#[test]
fn expressions_of_the_greatest_height_are_accepted() {
    let terms = MAX_EXPRESSION_HEIGHT as usize - 1;
    assert_eq!(errors(&format!("x = 1{}", "+1".repeat(terms))), [""; 0]);
    let brackets = format!("{}1{}", "[".repeat(199), "]".repeat(199));
    assert_eq!(errors(&brackets), [""; 0]);
}

#[test]
fn texts_that_are_not_programs() {
    assert_eq!(
        errors("x = 'a\0b'"),
        ["1: source code string cannot contain null bytes"]
    );
    assert!(errors("x = '\\ud800'")[0].contains("unsupported"));
    assert_eq!(errors("\u{feff}x = 1\r\ny = 2\r"), [""; 0]);
    assert_eq!(errors(""), [""; 0]);
}

#[test]
fn warnings_do_not_refuse() {
    let parsed = parse("x = '\\d'\ny = 1if x else 2\n");
    assert!(parsed.is_ok());
    let codes: Vec<_> = parsed.diagnostics.iter().map(|one| one.code).collect();
    assert_eq!(codes, ["A0030", "A0031"]);
    assert_eq!(
        parsed.diagnostics[0].message,
        "invalid escape sequence '\\d'"
    );
}

#[test]
fn an_expression_on_its_own() {
    assert!(parse_expression(" a + b\n").expression.is_some());
    let parsed = parse_expression("x = 1");
    assert!(parsed.expression.is_none());
    assert_eq!(parsed.diagnostics[0].message, "invalid syntax");
    assert!(parse_expression("").expression.is_none());
}

#[test]
fn every_code_has_an_example() {
    for (code, source) in [
        ("A0001", "x y"),
        ("A0002", "(1]"),
        ("A0003", "'abc"),
        ("A0004", " x"),
        ("A0005", "if x:\n\ty\n        z\n"),
        ("A0006", "1abc"),
        ("A0007", "x = \u{2212}1"),
        ("A0008", "b'\u{e9}'"),
        ("A0009", "f'{}'"),
        ("A0010", "if x\n    y"),
        ("A0011", "if x:\ny"),
        ("A0012", "f() = 1"),
        ("A0013", "if x = 1:\n    y"),
        ("A0014", "f(a b)"),
        ("A0015", "print 1"),
        ("A0016", "f(a=1, 2)"),
        ("A0017", "def f(a=1, b): pass"),
        ("A0018", "try:\n    x\ny"),
        ("A0019", &"(".repeat(201)),
        ("A0020", "\0"),
        ("A0021", "'\\ud800'"),
        ("A0022", "match x:\n    case a as _: pass"),
        ("A0023", "[*a for a in b]"),
        ("A0030", "'\\d'"),
        ("A0031", "1or 2"),
    ] {
        let codes: Vec<_> = parse(source)
            .diagnostics
            .iter()
            .map(|one| one.code)
            .collect();
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
}

#[test]
fn garbage_never_panics() {
    const PIECES: [&str; 44] = [
        "a",
        "b",
        "f'",
        "f\"{",
        "'''",
        "'",
        "\"",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ":",
        "=",
        "!",
        "\\",
        "\n",
        " ",
        "    ",
        "\t",
        ",",
        ".",
        "#",
        "0x",
        "1_",
        "-",
        "+",
        "*",
        "@",
        "é",
        "“",
        "\u{c}",
        "\r",
        ";",
        "\\N{",
        "lambda ",
        "match x:\n",
        "case ",
        "{{",
        "def ",
        "if ",
        "\\\n",
        "for ",
    ];
    let mut random: u64 = 0x5EED;
    for _ in 0..4000 {
        let mut text = String::new();
        for _ in 0..random % 40 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            text.push_str(PIECES[(random >> 33) as usize % PIECES.len()]);
        }
        random = random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let parsed = parse(&text);
        for one in &parsed.diagnostics {
            let span = one.primary.span;
            assert!(span.end as usize <= text.len(), "{text:?}: {one:?}");
            assert!(
                text.is_char_boundary(span.start as usize),
                "{text:?}: {one:?}"
            );
        }
        drop(parse_expression(&text));
        drop(parse_interactive(&text));
    }
}
