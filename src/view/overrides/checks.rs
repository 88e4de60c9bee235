//! What an override may hold, read from its syntax before anything is rendered.

use handlebars::Handlebars;
use handlebars::template::{DecoratorTemplate, HelperTemplate, Parameter, Template, TemplateElement};

use super::files::Found;
use super::{Refused, words};
use crate::view::{Registries, is_text};

/// Blocks within blocks, and calls within calls: each is a level of the stack, now and at every rendering.
const DEEPEST: usize = 24;
/// Every level of a template's syntax opens at least one bracket; ours have fewer than a hundred.
const MOST_BRACKETS: usize = 2000;
/// The parser calls itself at each level: it is given ten times the stack that so many brackets can fill.
const PARSING_STACK: usize = 64 * 1024 * 1024;

/// The template of a file, if it may be used at all.
pub fn parse(own: &Registries, file: &Found) -> Result<Template, Refused> {
    let refuse = |line, reason: String| Refused::new(&file.path, line, reason);
    if file.text.bytes().filter(|byte| matches!(byte, b'(' | b'[' | b'{')).count() > MOST_BRACKETS {
        return Err(refuse(None, words::TOO_MANY_BRACKETS.into()));
    }
    // What is too deep is also let go of there: that, too, calls itself at each level.
    let reading = || {
        // As the registries read theirs.
        let mut registry = Handlebars::new();
        registry.set_prevent_indent(true);
        if let Err(error) = registry.register_template_string(&file.name, &file.text) {
            return Err(refuse(error.pos().map(|(line, _)| line), words::of_syntax(&error, &file.text)));
        }
        let template = registry.get_template(&file.name).ok_or_else(|| refuse(None, words::UNREADABLE.into()))?;
        let mut walk = Walk { registry: own.of(&file.name), text: is_text(&file.name) };
        walk.template(template, 0).map_err(|(line, reason)| refuse(line, reason))?;
        Ok(template.clone())
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(PARSING_STACK).spawn_scoped(scope, reading);
        thread.map_err(|error| refuse(None, words::unreadable(&error)))?.join().unwrap_or_else(|_| Err(refuse(None, words::UNREADABLE.into())))
    })
}

type Wrong = (Option<usize>, String);

struct Walk<'a> {
    /// Where the parts are that it may include.
    registry: &'a Handlebars<'static>,
    text: bool,
}

impl Walk<'_> {
    fn template(&mut self, template: &Template, depth: usize) -> Result<(), Wrong> {
        for (place, element) in template.elements.iter().enumerate() {
            let line = template.mapping.get(place).map(|mapping| mapping.0);
            let here = |reason: String| (line, reason);
            match element {
                TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
                TemplateElement::HtmlExpression(_) if !self.text => return Err(here(words::UNESCAPED.into())),
                TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call) | TemplateElement::HelperBlock(call) => {
                    self.call(call, depth + 1).map_err(|(deeper, reason)| (deeper.or(line), reason))?;
                }
                TemplateElement::DecoratorExpression(_) | TemplateElement::DecoratorBlock(_) => return Err(here(words::INLINE.into())),
                TemplateElement::PartialExpression(part) | TemplateElement::PartialBlock(part) => {
                    self.part(part, depth + 1).map_err(|(deeper, reason)| (deeper.or(line), reason))?;
                }
                _ => return Err(here(words::UNREADABLE.into())),
            }
        }
        Ok(())
    }

    fn call(&mut self, call: &HelperTemplate, depth: usize) -> Result<(), Wrong> {
        shallow(depth)?;
        self.parameters(std::iter::once(&call.name).chain(&call.params).chain(call.hash.values()), depth)?;
        for inner in call.template.iter().chain(&call.inverse) {
            self.template(inner, depth)?;
        }
        Ok(())
    }

    fn part(&mut self, part: &DecoratorTemplate, depth: usize) -> Result<(), Wrong> {
        shallow(depth)?;
        let Some(name) = part_name(part) else { return Err((None, words::DYNAMIC.into())) };
        if name != PARTIAL_BLOCK && !(name.starts_with("partials/mail_") && self.registry.has_template(name)) {
            return Err((None, words::no_part(name)));
        }
        self.parameters(part.params.iter().chain(part.hash.values()), depth)?;
        part.template.iter().try_for_each(|inner| self.template(inner, depth))
    }

    fn parameters<'p>(&mut self, parameters: impl Iterator<Item = &'p Parameter>, depth: usize) -> Result<(), Wrong> {
        for parameter in parameters {
            if let Parameter::Subexpression(inner) = parameter
                && let TemplateElement::Expression(call) = inner.as_element()
            {
                self.call(call, depth + 1)?;
            }
        }
        Ok(())
    }
}

fn shallow(depth: usize) -> Result<(), Wrong> {
    if depth > DEEPEST { Err((None, words::TOO_DEEP.into())) } else { Ok(()) }
}

/// What the caller of a part put between its tags.
pub const PARTIAL_BLOCK: &str = "@partial-block";

/// The name of the part that is included; None when it is only known while rendering.
pub fn part_name(part: &DecoratorTemplate) -> Option<&str> {
    part.name.as_name()
}
