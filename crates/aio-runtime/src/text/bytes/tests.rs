//! What the methods of `bytes` gave in CPython 3.13, and ours.

use super::*;

#[test]
fn searching() {
    assert_eq!(find(b"abcabc", b"c", Some(3), None), Some(5));
    assert_eq!(rfind(b"abcabc", b"c", None, Some(-1)), Some(2));
    assert_eq!(find(b"abc", b"", Some(3), None), Some(3));
    assert_eq!(find(b"abc", b"", Some(4), None), None);
    assert_eq!(count(b"abc", b"", None, None), 4);
    assert_eq!(count(b"aaaa", b"aa", Some(1), None), 1);
    assert!(starts_with(b"abc", b"b", Some(1), None));
    assert!(ends_with(b"abc", b"b", None, Some(2)));
    assert_eq!(replace(b"aba", b"a", b"xx", Some(1)), b"xxba");
    assert_eq!(replace(b"aba", b"", b"-", None), b"-a-b-a-");
    assert_eq!(replace(b"aba", b"", b"-", Some(2)), b"-a-ba");
    assert_eq!(replace(b"aba", b"a", b"", Some(-1)), b"b");
}

#[test]
fn cutting() {
    let text = |pieces: Vec<&[u8]>| {
        pieces
            .iter()
            .map(|piece| piece.escape_ascii().to_string())
            .collect::<Vec<_>>()
    };
    let split_whitespace = |bytes, limit| {
        let mut pieces = Vec::new();
        split_whitespace(bytes, limit, |piece| pieces.push(piece));
        pieces
    };
    let split = |bytes, separator, limit| {
        let mut pieces = Vec::new();
        split(bytes, separator, limit, |piece| pieces.push(piece)).map(|()| pieces)
    };
    assert_eq!(
        text(split_whitespace(b" a\x0bb\x1cc ", -1)),
        ["a", "b\\x1cc"]
    );
    assert_eq!(text(split_whitespace(b" a b  c ", 1)), ["a", "b  c "]);
    assert_eq!(text(rsplit_whitespace(b"  a b ", 1)), ["  a", "b"]);
    assert_eq!(
        split(b"a,b,,c", b",", 2).map(text),
        Ok(vec!["a".into(), "b".into(), ",c".into()])
    );
    assert_eq!(
        rsplit(b"abcabc", b"b", 1).map(text),
        Ok(vec!["abca".into(), "c".into()])
    );
    assert_eq!(
        rsplit(b"aaa", b"aa", -1).map(text),
        Ok(vec!["a".into(), String::new()])
    );
    assert_eq!(split(b"a", b"", -1), Err(Fault::value("empty separator")));
    assert_eq!(
        text(split_lines(b"a\nb\r\nc\x0bd\r", true)),
        ["a\\n", "b\\r\\n", "c\\x0bd\\r"]
    );
    assert_eq!(
        partition(b"a=b=c", b"="),
        Ok((&b"a"[..], &b"="[..], &b"b=c"[..]))
    );
    assert_eq!(
        rpartition(b"abc", b"="),
        Ok((&b""[..], &b""[..], &b"abc"[..]))
    );
    assert_eq!(strip(b"\x1ca\x1c ", None, Ends::Both), b"\x1ca\x1c");
    assert_eq!(strip(b"abca", Some(b"ac"), Ends::Left), b"bca");
    assert_eq!(strip(b"   ", None, Ends::Right), b"");
}

#[test]
fn padding_and_translating() {
    assert_eq!(center(b"abc", 8, b'*'), Ok(b"**abc***".to_vec()));
    assert_eq!(ljust(b"a", 3, b'.'), Ok(b"a..".to_vec()));
    assert_eq!(rjust(b"a", 3, b'.'), Ok(b"..a".to_vec()));
    assert_eq!(zfill(b"-5", 5), Ok(b"-0005".to_vec()));
    assert_eq!(zfill(b"-5", 1), Ok(b"-5".to_vec()));
    assert_eq!(expand_tabs(b"a\tb", 4), Ok(b"a   b".to_vec()));
    assert_eq!(translate(b"abc", None, b"b"), Ok(b"ac".to_vec()));
    let table = make_translation(b"ab", b"xy").expect("equal lengths");
    assert_eq!(translate(b"abc", Some(&table), b""), Ok(b"xyc".to_vec()));
    assert!(translate(b"abc", Some(b"abc"), b"").is_err());
    assert!(make_translation(b"ab", b"x").is_err());
}
