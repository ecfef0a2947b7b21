//! Sentences at random from a grammar, the same for the same seed.
//!
//! Choices are free until the sentence is deep; from then on every choice is the one
//! that ends soonest.

use std::collections::{BTreeSet, HashMap};

use crate::ebnf::{Grammar, Node};

/// From this depth on only the shortest way is taken.
const DEEP: u32 = 45;
/// From this length on likewise.
const LONG: usize = 600;
/// What has no end.
const INFINITE: u32 = u32::MAX / 4;

const NUMBERS: [&str; 8] = ["0", "1", "42", "0x_1f", "0b101", "1_000", "1.5e-3", ".5"];
const STRINGS: [&str; 6] = ["'a'", "\"b\"", "'''c\nd'''", "r'\\e'", "u'f'", "'\\n\\x41'"];
const BYTES: [&str; 3] = ["b'a'", "rb'\\d'", "B\"\\x00\""];
const TEXTS: [&str; 4] = ["text", "{{", "}}", " a b"];

/// One sentence in the making.
pub struct Sampler<'g> {
    grammar: &'g Grammar,
    shortest: &'g HashMap<&'g str, u32>,
    random: u64,
    out: Layout,
    names: u32,
    /// How many fields of f-strings are open, and how many format specs.
    fields: u32,
    specs: u32,
    seen: BTreeSet<&'g str>,
}

impl<'g> Sampler<'g> {
    /// `shortest` is that of the grammar.
    pub fn new(grammar: &'g Grammar, shortest: &'g HashMap<&'g str, u32>, seed: u64) -> Self {
        Self {
            grammar,
            shortest,
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            out: Layout::default(),
            names: 0,
            fields: 0,
            specs: 0,
            seen: BTreeSet::new(),
        }
    }

    /// A sentence; the names of the productions in it go to `seen`.
    pub fn sentence(mut self, production: &str, seen: &mut BTreeSet<&'g str>) -> String {
        for _ in 0..8 {
            self.below(2);
        }
        self.production(production, 0);
        seen.extend(self.seen);
        self.out.text
    }

    fn below(&mut self, limit: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 33) as usize % limit.max(1)
    }

    fn one_of<const N: usize>(&mut self, list: [&'static str; N]) -> &'static str {
        list[self.below(N)]
    }

    fn production(&mut self, name: &str, depth: u32) {
        let grammar = self.grammar;
        let (known, body) = &grammar.productions()[grammar.index(name)];
        self.seen.insert(known);
        match name {
            "field" => {
                self.fields += 1;
                self.node(body, depth);
                self.fields -= 1;
            }
            "format_spec" => {
                self.specs += 1;
                self.node(body, depth);
                self.specs -= 1;
            }
            _ => self.node(body, depth),
        }
    }

    fn node(&mut self, node: &'g Node, depth: u32) {
        match node {
            Node::Sequence(nodes) => {
                for node in nodes {
                    self.node(node, depth);
                }
            }
            Node::Choice(nodes) => {
                let chosen = self.choose(nodes, depth);
                self.node(chosen, depth + 1);
            }
            Node::Optional(inner) => {
                if self.goes_on(inner, depth) {
                    self.node(inner, depth + 1);
                }
            }
            Node::Repeated(inner) => {
                while self.goes_on(inner, depth) {
                    self.node(inner, depth + 1);
                }
            }
            Node::Name(name) => self.production(name, depth + 1),
            Node::Token(token) => self.token(token),
            Node::Literal(text) => self.out.word(text),
        }
    }

    fn choose(&mut self, nodes: &'g [Node], depth: u32) -> &'g Node {
        let fields = self.fields;
        let fits = |node: &&Node| !(fields > 0 && mentions(node, "lambda"));
        let fitting: Vec<&Node> = nodes.iter().filter(fits).collect();
        if depth < DEEP && self.out.text.len() <= LONG {
            return fitting[self.below(fitting.len())];
        }
        let length = |node: &&Node| self.length(node);
        fitting
            .into_iter()
            .min_by_key(length)
            .expect("a choice is not empty")
    }

    /// Whether something optional is there.
    fn goes_on(&mut self, inner: &Node, depth: u32) -> bool {
        let is_long = self.out.text.len() > LONG;
        // Specs in fields in specs in ... are limited to three.
        let too_nested = self.specs > 0 && (mentions(inner, "format_spec") || self.specs > 1);
        depth < DEEP && !is_long && !too_nested && self.below(3) == 0
    }

    fn length(&self, node: &Node) -> u32 {
        node_length(node, self.shortest)
    }

    fn token(&mut self, token: &str) {
        match token {
            "NAME" => {
                self.names += 1;
                let name = format!("n{}", self.names);
                self.out.word(&name);
            }
            "NUMBER" => {
                let text = self.one_of(NUMBERS);
                self.out.word(text);
            }
            "IMAGINARY" => self.out.word("2j"),
            "STRING" => {
                let text = self.one_of(STRINGS);
                self.out.word(text);
            }
            "BYTES" => {
                let text = self.one_of(BYTES);
                self.out.word(text);
            }
            "FSTRING_START" => {
                let text = self.one_of(["f\"", "F'", "rf\"\"\""]);
                self.out.fstring_start(text);
            }
            "FSTRING_MIDDLE" => {
                // In a format spec doubled braces are no text.
                let count = if self.specs > 0 { 1 } else { TEXTS.len() };
                let text = TEXTS[self.below(count)];
                self.out.glued(text);
            }
            "FSTRING_END" => self.out.fstring_end(),
            "NEWLINE" => self.out.newline(),
            "INDENT" => self.out.indent += 1,
            "DEDENT" => self.out.indent -= 1,
            "END" => {}
            _ => panic!("no token {token}"),
        }
    }
}

/// Text with indentation, and spaces where they do no harm.
#[derive(Default)]
struct Layout {
    text: String,
    indent: usize,
    /// The quotes of the f-strings that are open.
    quotes: Vec<&'static str>,
}

impl Layout {
    fn word(&mut self, word: &str) {
        if self.text.is_empty() || self.text.ends_with('\n') {
            self.text.push_str(&"  ".repeat(self.indent));
        }
        self.text.push_str(word);
        // A conversion follows its exclamation mark directly, and behind a brace or
        // a colon the text of an f-string may begin.
        if word != "!" {
            self.text.push(' ');
        }
    }

    /// Text of an f-string.
    fn glued(&mut self, text: &str) {
        self.end_gap();
        self.text.push_str(text);
    }

    fn fstring_start(&mut self, text: &'static str) {
        self.word(text);
        self.end_gap();
        self.quotes.push(text.trim_start_matches(['f', 'F', 'r']));
    }

    fn fstring_end(&mut self) {
        self.end_gap();
        if let Some(quote) = self.quotes.pop() {
            self.word(quote);
        }
    }

    /// Takes back the space behind a brace.
    fn end_gap(&mut self) {
        if self.text.ends_with(' ') {
            self.text.pop();
        }
    }

    fn newline(&mut self) {
        self.text.push('\n');
    }
}

/// Whether `node` is, or begins with, the production or token `name`.
fn mentions(node: &Node, name: &str) -> bool {
    match node {
        Node::Sequence(nodes) => nodes.iter().any(|node| mentions(node, name)),
        Node::Name(known) => known == name,
        _ => false,
    }
}

/// The height of the smallest sentence of every production.
pub fn shortest(grammar: &Grammar) -> HashMap<&str, u32> {
    let mut known: HashMap<&str, u32> = HashMap::new();
    loop {
        let mut changed = false;
        for (name, body) in grammar.productions() {
            let length = node_length(body, &known).saturating_add(1);
            let before = known.get(name.as_str()).copied().unwrap_or(INFINITE);
            if length < before {
                known.insert(name, length);
                changed = true;
            }
        }
        if !changed {
            return known;
        }
    }
}

fn node_length(node: &Node, known: &HashMap<&str, u32>) -> u32 {
    let of = |node: &Node| node_length(node, known);
    match node {
        Node::Sequence(nodes) => nodes.iter().map(of).max().unwrap_or(0),
        Node::Choice(nodes) => nodes.iter().map(of).min().unwrap_or(INFINITE),
        Node::Optional(_) | Node::Repeated(_) | Node::Token(_) | Node::Literal(_) => 0,
        Node::Name(name) => known.get(name.as_str()).copied().unwrap_or(INFINITE),
    }
}
