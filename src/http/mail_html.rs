//! A mail's HTML as a page of its own, under a policy that lets nothing run and nothing load.
//!
//! Mails carry their styles inline, which no policy of ours allows: each becomes a class of one style sheet that the page names.

use actix_web::HttpResponse;
use actix_web::http::header;

use crate::kernel::Chance;

/// Shows a mail, ours or one that an instance wrote: whatever it holds, only its styles count.
pub fn page(html: &str, chance: &Chance) -> HttpResponse {
    let nonce = chance.secret();
    let policy = format!("default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::CACHE_CONTROL, "no-cache, private"))
        .insert_header(("X-Robots-Tag", "noindex"))
        .body(with_classes(html, &nonce))
}

/// The same HTML, its `style` attributes moved to one `<style>` at the end of the head, and every `<style>` with the nonce.
fn with_classes(html: &str, nonce: &str) -> String {
    let mut rules = Vec::new();
    let mut out = String::with_capacity(html.len() * 2);
    let mut head_ends = None;
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = if rest.starts_with("<!--") {
            rest.find("-->").map_or(rest.len(), |end| end + 3)
        } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            let tag = Tag::read(rest);
            tag.write(&mut out, &mut rules, nonce);
            rest = &rest[tag.length..];
            // Nothing is a tag in a style sheet, but the one that ends it.
            if tag.is("style") { style_end(rest) } else { 0 }
        } else {
            if rest.get(..6).is_some_and(|begins| begins.eq_ignore_ascii_case("</head")) {
                head_ends.get_or_insert(out.len());
            }
            1
        };
        out.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    out.push_str(rest);
    out.insert_str(head_ends.unwrap_or(0), &format!("<style nonce=\"{nonce}\">\n{}</style>\n", rules.concat()));
    out
}

/// Where the text of a style sheet ends.
fn style_end(text: &str) -> usize {
    let closes = |at: &usize| text.get(at + 2..at + 7).is_some_and(|name| name.eq_ignore_ascii_case("style"));
    text.match_indices("</").map(|(at, _)| at).find(closes).unwrap_or(text.len())
}

/// An opening tag as it is written.
struct Tag<'a> {
    name: &'a str,
    /// Each with its value as it is written, without the quotes.
    attributes: Vec<(&'a str, Option<&'a str>)>,
    /// In bytes, both brackets included.
    length: usize,
}

impl<'a> Tag<'a> {
    /// `text` begins with the opening bracket.
    fn read(text: &'a str) -> Self {
        let is_space = |c: char| c.is_ascii_whitespace() || c == '/';
        let mut rest = &text[1..];
        let name = until(&mut rest, |c| is_space(c) || c == '>');
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(is_space);
            if rest.is_empty() || rest.starts_with('>') {
                break;
            }
            // An equals sign where a name should be belongs to the name, as browsers read it.
            let equals = usize::from(rest.starts_with('='));
            let end = rest[equals..].find(|c| is_space(c) || c == '=' || c == '>').map_or(rest.len(), |end| end + equals);
            let (attribute, after) = rest.split_at(end);
            rest = after;
            let valued = rest.trim_start().strip_prefix('=').map(str::trim_start);
            let value = valued.map(|after| {
                rest = after;
                match rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
                    Some(quote) => {
                        rest = &rest[1..];
                        let value = until(&mut rest, |c| c == quote);
                        rest = rest.strip_prefix(quote).unwrap_or(rest);
                        value
                    }
                    None => until(&mut rest, |c| c.is_ascii_whitespace() || c == '>'),
                }
            });
            attributes.push((attribute, value));
        }
        rest = rest.strip_prefix('>').unwrap_or(rest);
        Self { name, attributes, length: text.len() - rest.len() }
    }

    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    fn write(&self, out: &mut String, rules: &mut Vec<String>, nonce: &str) {
        let named = |name: &str| self.attributes.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).and_then(|(_, value)| *value);
        // It could lead the reader elsewhere, which no policy forbids.
        if self.is("meta") && named("http-equiv").is_some() {
            return;
        }
        let mut class = named("class").unwrap_or_default().to_owned();
        if let Some(style) = named("style").map(decoded).filter(|style| !style.contains(['{', '}', '<'])) {
            let name = format!("inline-{}", rules.len() + 1);
            // Thrice, to weigh more than the rules of the mail's own style sheet, as an inline style does.
            rules.push(format!(".{name}.{name}.{name} {{ {style} }}\n"));
            class = format!("{class} {name}");
        }
        out.push('<');
        out.push_str(self.name);
        let kept = |name: &str| !["style", "class", "nonce"].iter().any(|other| name.eq_ignore_ascii_case(other));
        for (name, value) in self.attributes.iter().filter(|(name, _)| kept(name)) {
            put(out, name, *value);
        }
        if !class.trim().is_empty() {
            put(out, "class", Some(class.trim()));
        }
        if self.is("style") {
            put(out, "nonce", Some(nonce));
        }
        out.push('>');
    }
}

/// Takes what comes before the first of these characters.
fn until<'a>(rest: &mut &'a str, ends: impl Fn(char) -> bool) -> &'a str {
    let (taken, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
    *rest = after;
    taken
}

fn put(out: &mut String, name: &str, value: Option<&str>) {
    out.push(' ');
    out.push_str(name);
    if let Some(value) = value {
        out.push_str("=\"");
        out.push_str(&value.replace('"', "&quot;"));
        out.push('"');
    }
}

/// What an attribute says: templates escape these characters only.
fn decoded(value: &str) -> String {
    let plain = [("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&#x60;", "`"), ("&#x3D;", "="), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    plain.iter().fold(value.to_owned(), |text, (written, meant)| text.replace(written, meant)).replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> String {
        with_classes(html, "N0")
    }

    #[test]
    fn inline_styles_become_classes() {
        let html =
            shown("<html><head><title>a</title></head><body><p class=\"x\" style=\"margin:0;font-family:'A &quot;B&quot;'\">1 < 2</p></body></html>");
        assert_eq!(
            html,
            "<html><head><title>a</title><style nonce=\"N0\">\n.inline-1.inline-1.inline-1 { margin:0;font-family:'A \"B\"' }\n</style>\n</head><body>\
             <p class=\"x inline-1\">1 < 2</p></body></html>"
        );
        assert!(shown("<TD ALIGN=left STYLE='color:red'>").contains("<TD ALIGN=\"left\" class=\"inline-1\">"));
        assert!(shown("<hr style=color:red>").contains("color:red }"));
    }

    #[test]
    fn the_mail_s_own_style_sheets_are_named() {
        let html = shown("<head><style>a > b { color: red } /* <p style=\"x\"> */</style></head><style nonce=\"old\">p {}</style>");
        assert!(html.contains("<style nonce=\"N0\">a > b { color: red } /* <p style=\"x\"> */</style>"), "{html}");
        assert!(html.contains("<style nonce=\"N0\">p {}</style>") && !html.contains("old"), "{html}");
    }

    #[test]
    fn nothing_leads_the_reader_elsewhere() {
        assert!(!shown("<META HTTP-EQUIV=refresh content='0;url=https://ailleurs.example'>").contains("ailleurs"));
        assert!(shown("<meta name=\"viewport\" content=\"a\">").contains("<meta name=\"viewport\" content=\"a\">"));
    }

    #[test]
    fn comments_are_left_alone() {
        let html = "<!--[if mso]><table style=\"width:600px\"><![endif]--><p>a</p>";
        assert!(shown(html).ends_with(html));
    }

    #[test]
    fn no_style_leaves_its_rule_or_its_sheet() {
        for style in ["color:red}body{display:none", "</style><script>", "&lt;/style&gt;&lt;script&gt;"] {
            let html = shown(&format!("<p style=\"{style}\">a</p>"));
            assert!(html.contains("<style nonce=\"N0\">\n</style>") && html.ends_with("<p>a</p>"), "{html}");
        }
    }

    proptest::proptest! {
        /// Nothing is lost of a text, and no style remains inline, however it is written.
        #[test]
        fn any_text_is_shown(html in "[a-z<>/=\"' \n!-é]{0,80}(style=\"a:b\")?[a-z<>/=\"' ]{0,40}") {
            let page = shown(&html);
            proptest::prop_assert!(page.contains("<style nonce=\"N0\">"));
            let mut rest = page.as_str();
            while let Some(at) = rest.find('<') {
                rest = &rest[at..];
                if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
                    let tag = Tag::read(rest);
                    proptest::prop_assert!(tag.attributes.iter().all(|(name, _)| *name != "style"), "{}", page);
                    rest = &rest[tag.length..];
                } else if rest.starts_with("<!--") {
                    rest = rest.find("-->").map_or("", |end| &rest[end..]);
                } else {
                    rest = &rest[1..];
                }
            }
        }
    }
}
