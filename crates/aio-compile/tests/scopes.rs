//! What names mean, against CPython's `symtable` module.
//!
//! The expected rows are what `symtable` says of the programs. Names that a body only hands on to
//! an inner one are listed by CPython as free; here they are no symbols of that scope, so the
//! rows leave them out, as they leave out the module's own names.

use aio_compile::scope::{ScopeId, ScopeKind, ScopeTree};

/// One line per scope below the module: its name, then its names with their meanings.
fn rows(source: &str) -> Vec<String> {
    let parsed = aio_syntax::parse(source);
    let tree: ScopeTree = aio_compile::scopes(&parsed.module).expect("the programs are correct");
    let scopes = (0_u32..).zip(tree.scopes());
    scopes
        .filter(|(_, scope)| scope.kind != ScopeKind::Module)
        .map(|(index, scope)| {
            let mut names: Vec<String> = scope
                .symbols()
                .iter()
                .map(|(name, _)| format!("{name}={:?}", tree.meaning(ScopeId(index), name)))
                .collect();
            names.sort();
            format!("{}: {}", scope.name, names.join(" "))
        })
        .collect()
}

#[test]
fn functions_capture() {
    let source = r#"def outer(a, *args, k=1, **kw):
    global g
    x = y = z = 1
    def inner(b=k):
        nonlocal x
        x = y
        w = 1
        return lambda: w + a + unknown
    g = z
    del z
    return inner
"#;
    let expected = [
        "outer: a=Cell args=Local g=GlobalExplicit inner=Local k=Local kw=Local x=Cell y=Cell z=Local",
        "inner: b=Local w=Cell x=Free y=Free",
        "<lambda>: a=Free unknown=GlobalImplicit w=Free",
    ];
    assert_eq!(rows(source), expected);
}

#[test]
fn classes_are_skipped() {
    let source = r#"def f(x):
    y = 1
    class C(x):
        y = y
        z = x
        def m(self):
            return y, z, x, C, super().m()
        def n(self):
            return __class__
        def o(self, __p):
            self.__q = __p
            return __r
        __s = 1
    return C
"#;
    let expected = [
        "f: C=Cell x=Cell y=Cell",
        "C: _C__s=Local m=Local n=Local o=Local x=Free y=Local z=Local",
        "m: C=Free __class__=Free self=Local super=GlobalImplicit x=Free y=Free z=GlobalImplicit",
        "n: __class__=Free self=Local",
        "o: _C__p=Local _C__r=GlobalImplicit self=Local",
    ];
    assert_eq!(rows(source), expected);
}

#[test]
fn generators_and_walrus() {
    let source = r#"def f(n):
    g = (a for a in n if (last := a))
    h = (lambda: b for b in g)
    if (m := 1): pass
    return last, h
total = sum(q for q in r)
"#;
    let expected = [
        "f: g=Local h=Local last=Cell m=Local n=Local",
        "<genexpr>: a=Local last=Free",
        "<genexpr>: b=Cell",
        "<lambda>: b=Free",
        "<genexpr>: q=Local",
    ];
    assert_eq!(rows(source), expected);
}

#[test]
fn statements_bind() {
    let source = r#"def f():
    import os.path
    import sys as system
    from a import b, c as d
    with e as (h, i): pass
    for j, *k in l: pass
    try: pass
    except E as m: pass
    match n:
        case [o, {"p": q, **r}, S(t), *u] as v: pass
    w: int
    x: int = 1
    y.z = 1
    aa[bb] = 1
    cc += 1
    async def dd(): pass
    class ee: pass
    def ff():
        return os, system, b, d, h, i, j, k, m, o, q, r, t, u, v, w, x, cc, dd, ee
"#;
    let expected = [
        "f: E=GlobalImplicit S=GlobalImplicit aa=GlobalImplicit b=Cell bb=GlobalImplicit cc=Cell d=Cell dd=Cell e=GlobalImplicit ee=Cell ff=Local h=Cell i=Cell int=GlobalImplicit j=Cell k=Cell l=GlobalImplicit m=Cell n=GlobalImplicit o=Cell os=Cell q=Cell r=Cell system=Cell t=Cell u=Cell v=Cell w=Cell x=Cell y=GlobalImplicit",
        "dd: ",
        "ee: ",
        "ff: b=Free cc=Free d=Free dd=Free ee=Free h=Free i=Free j=Free k=Free m=Free o=Free os=Free q=Free r=Free system=Free t=Free u=Free v=Free w=Free x=Free",
    ];
    assert_eq!(rows(source), expected);
}
