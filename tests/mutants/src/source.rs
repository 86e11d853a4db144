//! What of a source file stands on lines of its own and could go: statements, fields, arms, links of a chain, elements.
//! Whether the rest still compiles is for the compiler to say.

use std::{
    collections::BTreeSet,
    ops::{Range, RangeInclusive},
};

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{Block, Expr, Item, ReturnType, Signature, Stmt, Type, spanned::Spanned, visit::Visit};

/// A place whose content can be switched: the body of a function, or the elements of a constant list.
pub struct Place {
    /// What it is.
    pub kind: Kind,
    /// Bytes between its brackets.
    pub inside: Range<usize>,
    /// Lines that can be tried, counted from one.
    pub lines: Vec<RangeInclusive<usize>>,
}

/// What a place is.
pub enum Kind {
    /// A body; opaque when the function returns `impl Iterator`.
    Body {
        /// Whether only the compiler knows the type.
        is_opaque: bool,
    },
    /// The elements of `const NAME: &[T] = &[…];`: the bytes of `const`, of `&[T]`, of `T` and of the whole value.
    List([Range<usize>; 4]),
}

/// The places of a file.
pub fn places(text: &str) -> Vec<Place> {
    let file = syn::parse_file(text).expect("the planner is Rust");
    let mut found = Found { text, places: vec![] };
    found.visit_file(&file);
    found.places
}

struct Found<'t> {
    text: &'t str,
    places: Vec<Place>,
}

impl Found<'_> {
    fn function(&mut self, signature: &Signature, block: &Block) {
        if signature.constness.is_some() {
            return;
        }
        let is_opaque = matches!(&signature.output, ReturnType::Type(_, returned) if matches!(**returned, Type::ImplTrait(_)));
        let mut spans = Spans(vec![]);
        spans.visit_block(block);
        let tokens = quoted(block.span(), self.text);
        self.place(Kind::Body { is_opaque }, block.brace_token.span.join(), tokens, &spans.0);
    }

    fn place(&mut self, kind: Kind, brackets: Span, tokens: TokenStream, spans: &[Span]) {
        let bytes = brackets.byte_range();
        let inside = bytes.start + 1..bytes.end - 1;
        let rows = brackets.start().line + 1..brackets.end().line;
        let lines = Lines { text: self.text, first: brackets.start().line, groups: groups(tokens) };
        let is_sound = |lines: &RangeInclusive<usize>| self.is_sound(&kind, &inside, lines);
        let lines: Vec<_> = lines.candidates(rows, spans).into_iter().filter(is_sound).collect();
        self.places.push(Place { kind, inside, lines });
    }

    /// Whether what is left can be parsed.
    fn is_sound(&self, kind: &Kind, inside: &Range<usize>, lines: &RangeInclusive<usize>) -> bool {
        let rest = without(self.text, inside, lines);
        match kind {
            // the compiler lays the want of an opaque value at no mutant's door
            Kind::Body { is_opaque } => syn::parse_str::<Block>(&format!("{{{rest}}}"))
                .is_ok_and(|block| !is_opaque || matches!(block.stmts.last(), Some(Stmt::Expr(_, None)))),
            Kind::List(_) => syn::parse_str::<Expr>(&format!("[{rest}]")).is_ok(),
        }
    }
}

impl<'ast> Visit<'ast> for Found<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.function(&function.sig, &function.block);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.function(&function.sig, &function.block);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.function(&function.sig, block);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let is_test = module.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg") && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
        });
        if !is_test {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item(&mut self, item: &'ast Item) {
        if let Item::Const(constant) = item
            && let Type::Reference(list) = &*constant.ty
            && let Type::Slice(slice) = &*list.elem
            && let Expr::Reference(value) = &*constant.expr
            && let Expr::Array(array) = &*value.expr
        {
            let bytes = [constant.const_token.span(), constant.ty.span(), slice.elem.span(), value.span()].map(|span| span.byte_range());
            let tokens = quoted(array.span(), self.text);
            self.place(Kind::List(bytes), array.bracket_token.span.join(), tokens, &[]);
        }
        syn::visit::visit_item(self, item);
    }
}

/// Where statements, fields of values and arms stand.
struct Spans(Vec<Span>);

impl<'ast> Visit<'ast> for Spans {
    fn visit_stmt(&mut self, statement: &'ast syn::Stmt) {
        self.0.push(statement.span());
        syn::visit::visit_stmt(self, statement);
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        self.0.push(field.span());
        syn::visit::visit_field_value(self, field);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.0.push(arm.span());
        syn::visit::visit_arm(self, arm);
    }
}

struct Lines<'t> {
    text: &'t str,
    /// Line on which the tokens begin.
    first: usize,
    /// First and last line of each pair of brackets, counted from the tokens' own first.
    groups: Vec<(usize, usize)>,
}

impl Lines<'_> {
    fn candidates(&self, rows: Range<usize>, spans: &[Span]) -> Vec<RangeInclusive<usize>> {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_code = |row: &usize| !lines[row - 1].trim().is_empty() && !lines[row - 1].trim_start().starts_with("//");
        let single = rows.clone().filter(is_code).map(|row| (row, row));
        let closed = rows.clone().filter(is_code).map(|row| (row, self.closed(row)));
        let spanned = spans.iter().filter(|span| is_alone(&lines, span)).map(|span| (span.start().line, span.end().line));
        let all: BTreeSet<_> = single.chain(closed).chain(spanned).filter(|(from, to)| rows.contains(from) && rows.contains(to)).collect();
        all.into_iter().map(|(from, to)| from..=to).collect()
    }

    /// The line on which everything is closed that opens from this one on.
    fn closed(&self, row: usize) -> usize {
        let opened = |to: usize| self.groups.iter().filter(move |(open, _)| (row..=to).contains(&(open + self.first - 1)));
        let mut to = row;
        while let Some(further) = opened(to).map(|(_, close)| close + self.first - 1).max().filter(|further| *further > to) {
            to = further;
        }
        to
    }
}

/// Whether nothing else stands on the lines of a span.
fn is_alone(lines: &[&str], span: &Span) -> bool {
    let (start, end) = (span.start(), span.end());
    let before: String = lines[start.line - 1].chars().take(start.column).collect();
    let after: String = lines[end.line - 1].chars().skip(end.column).collect();
    before.trim().is_empty() && matches!(after.trim(), "" | "," | ";")
}

fn quoted(span: Span, text: &str) -> TokenStream {
    text[span.byte_range()].parse().expect("what was parsed has tokens")
}

fn groups(tokens: TokenStream) -> Vec<(usize, usize)> {
    let mut found = vec![];
    for token in tokens {
        if let TokenTree::Group(group) = token {
            found.push((group.span_open().start().line, group.span_close().start().line));
            found.extend(groups(group.stream()));
        }
    }
    found
}

/// The bytes of `inside` without those lines.
pub fn without(text: &str, inside: &Range<usize>, lines: &RangeInclusive<usize>) -> String {
    let first = text[..inside.start].matches('\n').count() + 1;
    let kept = text[inside.clone()].split('\n').enumerate().filter(|(i, _)| !lines.contains(&(first + i)));
    kept.map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}
