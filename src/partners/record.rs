//! An organisation as the API and files give it: what people wrote, as far as this reader may know it.

use serde::Serialize;

use super::model::{OrganisationFields, Partner};
use super::policy;
use crate::http::paths;
use crate::kernel::Moment;
use crate::kernel::actor::Viewer;
use crate::kernel::ids::OrganisationId;

/// An organisation beside the service.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PartnerRecord {
    #[schema(value_type = String)]
    pub id: OrganisationId,
    /// The path of its page.
    pub url: String,
    /// `contacts` holds those that are shown; all of them for agents and for the organisation itself.
    #[serde(flatten)]
    pub fields: OrganisationFields,
    pub version: i32,
    /// When somebody last changed it, or said that it still holds.
    #[schema(value_type = String, format = DateTime)]
    pub confirmed_at: Moment,
    /// Twelve months without change nor confirmation.
    pub to_confirm: bool,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Moment,
}

pub fn record(viewer: &Viewer, partner: Partner, now: Moment) -> PartnerRecord {
    let sees_all = policy::may_see_contacts(viewer, &partner.id);
    PartnerRecord {
        url: paths::partner(&partner.id, &partner.fields.name),
        to_confirm: partner.is_to_be_confirmed(now),
        fields: if sees_all { partner.fields } else { partner.fields.without_hidden_contacts() },
        id: partner.id,
        version: partner.version,
        confirmed_at: partner.confirmed_at,
        created_at: partner.created_at,
        updated_at: partner.updated_at,
    }
}
