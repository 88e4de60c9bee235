//! Why an override is refused, in words for whoever wrote it.

use handlebars::{RenderError, RenderErrorReason, TemplateError, TemplateErrorReason};

use crate::kernel::text::excerpt;

pub const NO_FOLDER: &str = "ce n’est pas un dossier";
pub const NO_FILE: &str = "ce n’est pas un fichier ordinaire";
pub const UNKNOWN_FOLDER: &str = "aucun modèle d’e-mail ne se range dans un dossier de ce nom";
pub const UNKNOWN_FILE: &str = "aucun modèle d’e-mail ne porte ce nom : ce fichier ne remplace rien";
pub const TOO_MANY_FILES: &str = "ce dossier contient trop de fichiers : il n’a pas été lu";
pub const TOO_LARGE: &str = "ce fichier dépasse 256 Kio";
pub const NOT_UTF8: &str = "ce fichier n’est pas en UTF-8 : enregistrez-le dans cet encodage";
pub const UNREADABLE: &str = "ce modèle ne peut pas être lu";
pub const TOO_MANY_BRACKETS: &str = "trop d’accolades, de crochets ou de parenthèses";
pub const TOO_DEEP: &str = "trop de blocs ou d’appels les uns dans les autres";
pub const TOO_MUCH: &str = "ce modèle se multiplierait : trop de listes les unes dans les autres, ou de parties répétées";
pub const UNESCAPED: &str = "{{{ … }}} et {{& … }} laisseraient passer du code : écrivez {{ … }}";
pub const INLINE: &str = "{{* … }} et {{#* … }} ne sont pas admis ici";
pub const DYNAMIC: &str = "le nom d’une partie ne se calcule pas : écrivez-le, comme {{> partials/mail_button label=\"…\"}}";
pub const EMPTY: &str = "ce modèle ne donne aucun texte";
pub const TOO_LONG: &str = "ce modèle donne un texte de plus de 1 Mio";
pub const NO_LINK: &str = "le lien du message n’y est plus : gardez {{base_url}}{{link}}";
pub const NO_UNSUBSCRIBE: &str = "le lien « Ne plus recevoir ces messages » n’y est plus : gardez {{#if unsubscribe}} … {{unsubscribe}} … {{/if}}";

pub fn unreadable(error: &std::io::Error) -> String {
    format!("lecture impossible ({error})")
}

pub fn no_part(name: &str) -> String {
    format!("la partie « {} » n’existe pas", excerpt(name))
}

/// `way` begins and ends with the same template.
pub fn round_trip(way: &[String]) -> String {
    format!("ce modèle s’inclut lui-même : {}", way.join(" → "))
}

pub fn in_mail(mail: &str, reason: &str) -> String {
    format!("{reason} (e-mail « {} »)", label(mail))
}

/// The name of a mail as the interface gives it.
fn label(mail: &str) -> &str {
    crate::mail::catalogue::kind(mail).map_or(mail, |kind| kind.label)
}

pub fn of_syntax(error: &TemplateError, source: &str) -> String {
    match error.reason() {
        TemplateErrorReason::MismatchingClosedHelper(open, close) | TemplateErrorReason::MismatchingClosedDecorator(open, close) => {
            format!("« {{{{#{open}}}}} » est ouvert, mais c’est « {{{{/{close}}}}} » qui ferme")
        }
        TemplateErrorReason::InvalidParam(what) => format!("« {} » n’est pas une valeur", excerpt(what)),
        TemplateErrorReason::InvalidSyntax(_) => {
            let line = error.pos().and_then(|(line, _)| source.lines().nth(line.saturating_sub(1))).map(str::trim).filter(|line| !line.is_empty());
            match line {
                Some(line) => format!("la syntaxe n’est pas comprise à « {} » : il manque peut-être une accolade ou un {{{{/…}}}}", excerpt(line)),
                None => "la syntaxe n’est pas comprise : il manque peut-être une accolade ou un {{/…}} à la fin".to_owned(),
            }
        }
        reason => reason.to_string(),
    }
}

pub fn of_rendering(error: &RenderError) -> String {
    match error.reason() {
        RenderErrorReason::MissingVariable(Some(name)) => format!("« {} » n’existe pas", excerpt(name)),
        RenderErrorReason::MissingVariable(None) => "une valeur n’existe pas".to_owned(),
        RenderErrorReason::HelperNotFound(name) => format!("la fonction « {} » n’existe pas", excerpt(name)),
        RenderErrorReason::ParamNotFoundForIndex(name, _) | RenderErrorReason::ParamNotFoundForName(name, _) => {
            format!("il manque une valeur à « {name} », ou elle n’existe pas")
        }
        RenderErrorReason::ParamTypeMismatchForName(name, ..) => format!("« {name} » ne prend pas ce genre de valeur"),
        RenderErrorReason::PartialBlockNotFound => "{{> @partial-block}} n’a de sens que dans une partie qui en entoure une autre".to_owned(),
        RenderErrorReason::IOError(error) => error.to_string(),
        reason => reason.to_string(),
    }
}
