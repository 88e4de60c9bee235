//! An announcement as the API gives it, to those who may write it.

use serde::Serialize;
use utoipa::ToSchema;

use super::informed;
use super::model::{AnnouncementFields, Kind, Stage};
use super::service::{self, Announcement, Outcome};
use crate::db::Conn;
use crate::error::Result;
use crate::http::paths;
use crate::kernel::{Moment, Zone};

#[derive(Serialize, ToSchema)]
pub struct AnnouncementRecord {
    pub id: String,
    pub url: String,
    #[schema(value_type = String, example = "announcement")]
    pub kind: Kind,
    #[serde(flatten)]
    pub fields: AnnouncementFields,
    #[schema(value_type = String, example = "draft")]
    pub stage: Stage,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub send_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Moment>,
    /// What became of its mails so far.
    pub mails: Outcome,
    /// How many organisations it informed, each once.
    pub informed: usize,
    pub author: String,
    pub version: i32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Moment,
}

pub fn record(conn: &mut Conn, announcement: Announcement, zone: &Zone) -> Result<AnnouncementRecord> {
    Ok(AnnouncementRecord {
        url: paths::announcement(&announcement.id),
        mails: service::outcome(conn, &announcement)?,
        informed: informed::of(conn, &announcement, zone)?.len(),
        id: announcement.id.to_string(),
        kind: announcement.kind,
        stage: announcement.life.stage,
        send_at: announcement.life.send_at,
        sent_at: announcement.life.sent_at,
        fields: announcement.fields,
        author: announcement.author_name,
        version: announcement.version,
        created_at: announcement.created_at,
        updated_at: announcement.updated_at,
    })
}
