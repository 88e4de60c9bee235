//! What templates may call. Each answers text that is escaped, but for `paragraphs` and `snippet`, which escape by themselves.

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError, RenderErrorReason, ScopedJson, handlebars_helper,
};
use serde_json::Value;

use crate::kernel::text::thousands;
use crate::kernel::time::{MONTHS, time_in_words};
use crate::kernel::{Day, Moment, Zone};

/// Figures under this are not shown to the public: a small group could be recognised.
const FEWEST_SHOWN: i64 = 5;

handlebars_helper!(ne: |a: Value, b: Value| a != b);
handlebars_helper!(concat: |*args| args.iter().map(|arg| plain(arg)).collect::<String>());
handlebars_helper!(json: |value: Value| value.to_string());
handlebars_helper!(day: |value: Value| written_day(&value, Day::in_words));
handlebars_helper!(day_short: |value: Value| written_day(&value, Day::in_short));
handlebars_helper!(day_figures: |value: Value| written_day(&value, Day::in_figures));
handlebars_helper!(month: |value: Value| written_day(&value, month_in_words));
handlebars_helper!(number: |value: Value| number_in_words(&value));
handlebars_helper!(headcount: |value: Value| match value.as_i64() {
    None => "—".to_owned(),
    Some(count) if count < FEWEST_SHOWN => "moins de\u{a0}5".to_owned(),
    Some(_) => number_in_words(&value),
});
handlebars_helper!(plural: |count: Value, one: str, many: str| {
    let word = if count.as_i64().unwrap_or(0).abs() < 2 { one } else { many };
    format!("{}\u{a0}{word}", number_in_words(&count))
});

pub fn register(registry: &mut Handlebars<'static>, zone: Zone) {
    registry.register_helper("ne", Box::new(ne));
    registry.register_helper("concat", Box::new(concat));
    registry.register_helper("json", Box::new(json));
    registry.register_helper("day", Box::new(day));
    registry.register_helper("day_short", Box::new(day_short));
    registry.register_helper("day_figures", Box::new(day_figures));
    registry.register_helper("month", Box::new(month));
    registry.register_helper("number", Box::new(number));
    registry.register_helper("headcount", Box::new(headcount));
    registry.register_helper("plural", Box::new(plural));
    registry.register_helper("paragraphs", Box::new(paragraphs));
    registry.register_helper("snippet", Box::new(snippet));
    registry.register_helper("span", Box::new(Span(zone.clone())));
    registry.register_helper("hour", Box::new(Hour(zone.clone())));
    registry.register_helper("moment", Box::new(InWords(zone)));
}

/// A moment as people of the zone say it. A value, which the registry escapes: what is no moment is shown as it is.
struct InWords(Zone);

impl HelperDef for InWords {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let text = string_param(helper)?;
        let moment = Moment::parse_rfc3339(text).map_or_else(|| text.to_owned(), |moment| self.0.in_words(moment));
        Ok(ScopedJson::Derived(moment.into()))
    }
}

/// From one moment to another, which may be null.
struct Span(Zone);

impl HelperDef for Span {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let text = string_param(helper)?;
        let end = helper.param(1).and_then(|end| Moment::parse_rfc3339(end.value().as_str()?));
        let span = Moment::parse_rfc3339(text).map_or_else(|| text.to_owned(), |start| self.0.span_in_words(start, end));
        Ok(ScopedJson::Derived(span.into()))
    }
}

/// The time of a moment, as clocks of the zone show it.
struct Hour(Zone);

impl HelperDef for Hour {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let text = string_param(helper)?;
        let hour = Moment::parse_rfc3339(text).map_or_else(|| text.to_owned(), |moment| time_in_words(self.0.local(moment).time()));
        Ok(ScopedJson::Derived(hour.into()))
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn written_day(value: &Value, write: fn(Day) -> String) -> String {
    let text = plain(value);
    Day::parse(&text).map_or(text, write)
}

fn month_in_words(of: Day) -> String {
    use chrono::Datelike;
    format!("{}\u{a0}{}", MONTHS[of.0.month0() as usize], of.year())
}

/// `1 234`, with a narrow no-break space between thousands and a decimal comma.
fn number_in_words(value: &Value) -> String {
    let text = plain(value);
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let grouped = thousands(whole);
    if decimals.chars().any(|digit| digit != '0') { format!("{sign}{grouped},{decimals}") } else { format!("{sign}{grouped}") }
}

fn string_param<'h>(helper: &'h Helper<'_>) -> Result<&'h str, RenderErrorReason> {
    let param = helper.param(0).ok_or(RenderErrorReason::ParamNotFoundForIndex("text", 0))?;
    match param.value() {
        Value::String(text) => Ok(text),
        Value::Null => Ok(""),
        _ => Err(RenderErrorReason::InvalidParamType("a string is expected")),
    }
}

/// Free text as paragraphs: an empty line parts them, lines that begin with a dash make a list.
fn paragraphs(helper: &Helper<'_>, _: &Handlebars<'_>, _: &Context, _: &mut RenderContext<'_, '_>, out: &mut dyn Output) -> HelperResult {
    for block in string_param(helper)?.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        let bullet = |line: &str| line.trim_start().strip_prefix(['-', '•', '–']).map(|item| item.trim().to_owned());
        let mut in_list = false;
        let mut in_text = false;
        for line in block.lines() {
            match bullet(line) {
                Some(item) => {
                    if in_text {
                        out.write("</p>")?;
                        in_text = false;
                    }
                    out.write(if in_list { "<li>" } else { "<ul><li>" })?;
                    out.write(&handlebars::html_escape(&item))?;
                    out.write("</li>")?;
                    in_list = true;
                }
                None => {
                    if in_list {
                        out.write("</ul>")?;
                        in_list = false;
                    }
                    out.write(if in_text { "<br>" } else { "<p>" })?;
                    out.write(&handlebars::html_escape(line.trim()))?;
                    in_text = true;
                }
            }
        }
        out.write(if in_list { "</ul>" } else { "</p>" })?;
    }
    Ok(())
}

/// A snippet that the search engine has escaped: anything but `<mark>` in it is escaped again.
fn snippet(helper: &Helper<'_>, _: &Handlebars<'_>, _: &Context, _: &mut RenderContext<'_, '_>, out: &mut dyn Output) -> HelperResult {
    let text = string_param(helper)?.replace("<mark>", "\u{1}").replace("</mark>", "\u{2}");
    let safe = text.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    out.write(&safe.replace('\u{1}', "<mark>").replace('\u{2}', "</mark>"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn render(template: &str, data: Value) -> String {
        let mut registry = Handlebars::new();
        register(&mut registry, Zone::named("Europe/Paris").unwrap());
        registry.render_template(template, &data).unwrap()
    }

    #[test]
    fn dates_and_numbers_are_french() {
        assert_eq!(render("{{day d}}", json!({"d": "2026-03-03"})), "mardi 3\u{a0}mars\u{a0}2026");
        assert_eq!(render("{{moment m}}", json!({"m": "2026-03-03T13:05:00Z"})), "mardi 3\u{a0}mars\u{a0}2026 à 14\u{a0}h\u{a0}05");
        let times = json!({"a": "2026-03-28T13:00:00Z", "b": "2026-03-28T15:30:00Z", "c": "2026-03-29T15:00:00Z", "n": null});
        assert_eq!(render("{{span a b}}", times.clone()), "samedi 28\u{a0}mars\u{a0}2026, de 14\u{a0}h à 16\u{a0}h\u{a0}30");
        assert_eq!(
            render("{{span a c}}", times.clone()),
            "du samedi 28\u{a0}mars\u{a0}2026 à 14\u{a0}h au dimanche 29\u{a0}mars\u{a0}2026 à 17\u{a0}h"
        );
        assert_eq!(render("{{span a n}}, {{hour c}}{{span n n}}", times), "samedi 28\u{a0}mars\u{a0}2026 à 14\u{a0}h, 17\u{a0}h");
        assert_eq!(render("{{number n}}", json!({"n": 1_234_567})), "1\u{202f}234\u{202f}567");
        assert_eq!(render("{{number n}}", json!({"n": 12.5})), "12,5");
        assert_eq!(render("{{plural n 'action' 'actions'}}", json!({"n": 1})), "1\u{a0}action");
        assert_eq!(render("{{plural n 'action' 'actions'}}", json!({"n": 0})), "0\u{a0}action");
    }

    #[test]
    fn small_groups_are_not_counted_out() {
        assert_eq!(render("{{headcount n}}", json!({"n": 4})), "moins de\u{a0}5");
        assert_eq!(render("{{headcount n}}", json!({"n": 5})), "5");
        assert_eq!(render("{{headcount n}}", json!({"n": null})), "—");
    }

    #[test]
    fn free_text_is_escaped() {
        assert_eq!(
            render("{{paragraphs t}}", json!({"t": "<b>\n- un\n- deux\n\nfin"})),
            "<p>&lt;b&gt;</p><ul><li>un</li><li>deux</li></ul><p>fin</p>"
        );
        assert_eq!(render("{{moment t}}", json!({"t": "<b>"})), "&lt;b&gt;");
        assert_eq!(render("{{snippet t}}", json!({"t": "<mark>a</mark><script>"})), "<mark>a</mark>&lt;script&gt;");
    }
}
