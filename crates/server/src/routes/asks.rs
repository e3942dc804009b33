//! What needs a second person: asking, and answering.

use axum::extract::{Path, RawQuery, State};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use countersign_core::record::ReadPage;
use countersign_core::second::{Wish, quorum};
use countersign_ledger::encoding::hex;
use countersign_ledger::leaf::Token;
use countersign_store::CaseRow as Kept;
use countersign_ui::pages::staff::{
    AnswerForm, Answered, AskFields, AskRow, AskState, Asks, CaseSecond, FormError, Left, NewAsk,
    NewReply, OneAsk, OpenedName, Replied, Room, WishKind,
};

use super::cases::find;
use crate::access::{self, Staff};
use crate::app::{App, second_of};
use crate::cases;
use crate::demo;
use crate::error::PageError;
use crate::form::Fields;
use crate::reads;
use crate::second::{self, Asked, Came, Stands, Told};

/// `GET /asks`
pub(super) async fn list(State(app): State<App>, staff: Staff) -> Result<Html<String>, PageError> {
    let (mut waiting, mut others) = (Vec::new(), Vec::new());
    for case in app.store().cases().await? {
        for asked in second::told(&app, &case.token).await?.asked {
            if !may_see(&staff, &case, &asked) {
                continue;
            }
            let Some(row) = row(&app, &case, &asked).await? else {
                continue;
            };
            if asked.may_answer(&staff, app.now()) {
                waiting.push(row);
            } else {
                others.push(row);
            }
        }
    }
    others.sort_by_key(|row| core::cmp::Reverse(row.at));
    let page = Asks {
        shell: staff.shell(Room::Asks),
        now: app.second(),
        waiting,
        others,
    };
    Ok(Html(page.render()?))
}

/// `GET /asks/{name}`
pub(super) async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(name): Path<String>,
) -> Result<Html<String>, PageError> {
    let (case, asked) = find_ask(&app, &staff, &name).await?;
    reads::read(&app, &staff, ReadPage::Ask, case.token).await?;
    let form = asked
        .may_answer(&staff, app.now())
        .then(AnswerForm::default);
    Ok(Html(
        page(&app, &staff, &case, &asked, form).await?.render()?,
    ))
}

/// `POST /asks/{name}`
pub(super) async fn answer(
    State(app): State<App>,
    staff: Staff,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let (case, asked) = find_ask(&app, &staff, &name).await?;
    if !asked.may_answer(&staff, app.now()) {
        return Err(PageError::Conflict(
            "whoever asked can't answer, nobody answers twice, and what was decided stays"
                .to_owned(),
        ));
    }
    let mut form = AnswerForm {
        agreed: fields.one("agreed").to_owned(),
        reason: fields.one("reason").to_owned(),
        errors: Vec::new(),
    };
    let (agreed, reason) = match form.checked() {
        Ok(answer) => answer,
        Err(errors) => {
            form.errors = errors;
            let page = page(&app, &staff, &case, &asked, Some(form)).await?;
            return Ok(Html(page.render()?).into_response());
        }
    };
    let key = fields.one("key");
    let came = second::answer(&app, &staff, &case, &asked, agreed, reason, key).await?;
    match came {
        Came::Noted | Came::Open => Ok(Redirect::to(&format!("/asks/{name}")).into_response()),
        Came::WrongKey => {
            let page = page(&app, &staff, &case, &asked, Some(form.wrong_key())).await?;
            Ok(Html(page.render()?).into_response())
        }
        Came::NotNamed => Err(PageError::Conflict(
            "the case names this pseudonym no longer, so there is no name to open".to_owned(),
        )),
    }
}

/// `GET /cases/{reference}/ask`
pub(super) async fn form(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, PageError> {
    let case = find(&app, &staff, &reference).await?;
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    let kind = WishKind::of(asked.one("what")).ok_or(PageError::NotFound)?;
    let fields = AskFields::read(asked.pairs());
    let page = new_ask(&app, &staff, &case, kind, fields, Vec::new()).await?;
    Ok(Html(page.render()?))
}

/// `POST /cases/{reference}/ask`
pub(super) async fn ask(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let case = find(&app, &staff, &reference).await?;
    let kind = WishKind::of(fields.one("what")).ok_or(PageError::bad("there is no such wish"))?;
    let typed = AskFields::read(fields.pairs());
    let mut page = new_ask(&app, &staff, &case, kind, typed, Vec::new()).await?;
    page.errors = match page.fields.checked(kind, page.run) {
        Err(errors) => errors,
        Ok(ask) => match second::ask(&app, &staff, &case, ask).await? {
            Ok(event) => {
                let name = event.map_or_else(String::new, |event| format!("/{}", hex(&event)));
                return Ok(Redirect::to(&format!("/asks{name}")).into_response());
            }
            Err(why) => {
                let field = match kind {
                    WishKind::Open | WishKind::Retract => "holder",
                    WishKind::Exclude
                    | WishKind::Include
                    | WishKind::Verify
                    | WishKind::Erase
                    | WishKind::EraseCustomer => "report",
                };
                vec![FormError {
                    field,
                    message: why.to_owned(),
                }]
            }
        },
    };
    Ok(Html(page.render()?).into_response())
}

/// `GET /cases/{reference}/reply`
pub(super) async fn reply_form(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, PageError> {
    let case = find(&app, &staff, &reference).await?;
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    Ok(Html(new_reply(&staff, &case, &asked)?.render()?))
}

/// `POST /cases/{reference}/reply`
pub(super) async fn reply(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let case = find(&app, &staff, &reference).await?;
    let mut page = new_reply(&staff, &case, &fields)?;
    page.errors = match NewReply::checked(&page.holder, &page.text) {
        Err(errors) => errors,
        Ok(said) if !second::was_named(&app, &case, &said.holder).await? => vec![FormError {
            field: "holder",
            message: "Nobody with this pseudonym was named in this case.".to_owned(),
        }],
        Ok(said) => {
            second::reply(&app, &staff, &case, said).await?;
            let path = format!("/cases/{reference}#replies");
            return Ok(Redirect::to(&path).into_response());
        }
    };
    Ok(Html(page.render()?).into_response())
}

/// What a case page says of what needed a second person.
pub(super) async fn of_case(app: &App, case: &Kept) -> Result<CaseSecond, PageError> {
    let told = second::told(app, &case.token).await?;
    let mut asks = Vec::new();
    for asked in told.asked.iter().rev() {
        asks.extend(row(app, case, asked).await?);
    }
    let left = |(what, reason)| Left { what, reason };
    let opened: Vec<OpenedName> = told.asked.iter().filter_map(opened).collect();
    let named = cases::shown(app, case).await?;
    let mut openable = named.map_or_else(Vec::new, |shown| shown.judged.persons());
    openable.retain(|holder| opened.iter().all(|open| open.holder != *holder));
    let named = second::all_named(app, case).await?;
    Ok(CaseSecond {
        asks,
        left: told
            .excluded()
            .into_iter()
            .map(|(report, reason)| left((report.to_string(), reason)))
            .collect(),
        opened,
        retracted: told.retracted(app.now()).into_iter().map(left).collect(),
        replies: told
            .replies
            .iter()
            .map(|(at, reply)| Replied {
                holder: reply.holder.clone(),
                text: reply.text.clone(),
                at: second_of(*at),
            })
            .collect(),
        openable,
        named,
    })
}

fn opened(asked: &Asked) -> Option<OpenedName> {
    let opened = asked.opened.as_ref()?;
    let last = asked.answers.last()?;
    Some(OpenedName {
        holder: opened.holder.clone(),
        name: opened.name.clone(),
        at: second_of(last.at),
        ask: asked.name(),
    })
}

/// Whether somebody may see what was asked: who may see the case, and who may answer.
fn may_see(staff: &Staff, case: &Kept, asked: &Asked) -> bool {
    cases::may_see(staff, case) || staff.roles.contains(&asked.ask.wish.agreed_by())
}

/// Something that was asked, with its case, if this person may see it.
async fn find_ask(app: &App, staff: &Staff, name: &str) -> Result<(Kept, Asked), PageError> {
    for case in app.store().cases().await? {
        let Told { asked, .. } = second::told(app, &case.token).await?;
        let found = asked.into_iter().find(|asked| asked.name() == name);
        if let Some(asked) = found.filter(|asked| may_see(staff, &case, asked)) {
            return Ok((case, asked));
        }
    }
    Err(PageError::NotFound)
}

/// How a name is called of whoever did something.
async fn who(app: &App, person: Option<Token>) -> Result<String, PageError> {
    let Some(person) = person else {
        return Ok("the server".to_owned());
    };
    let row = app.store().person(&person).await?;
    let name = row.and_then(|row| row.name);
    Ok(name.unwrap_or_else(|| "(erased)".to_owned()))
}

/// Key holders that must agree; for other wishes one person.
async fn needed(app: &App, case: &Kept, asked: &Asked) -> Result<u32, PageError> {
    let Wish::Open { holder, .. } = &asked.ask.wish else {
        return Ok(1);
    };
    let whom = second::openable(app, case, holder).await?;
    let needed = whom.map_or(2, |whom| quorum(whom.gamma()));
    Ok(u32::try_from(needed).unwrap_or(u32::MAX))
}

async fn state(app: &App, case: &Kept, asked: &Asked) -> Result<AskState, PageError> {
    Ok(match asked.stands(app.now()) {
        Stands::Waits => {
            let agreed = asked.answers.iter().filter(|one| one.answer.agreed).count();
            AskState::Waits {
                agreed: u32::try_from(agreed).unwrap_or(u32::MAX),
                needed: needed(app, case, asked).await?,
            }
        }
        Stands::Agreed => AskState::Agreed,
        Stands::Refused => AskState::Refused,
        Stands::Late => AskState::Late,
    })
}

/// What was asked, as a row; none if its case was erased.
async fn row(app: &App, case: &Kept, asked: &Asked) -> Result<Option<AskRow>, PageError> {
    let Some(content) = &case.case else {
        return Ok(None);
    };
    Ok(Some(AskRow {
        name: asked.name(),
        case: content.reference,
        wish: asked.ask.wish.clone(),
        by: who(app, asked.by).await?,
        at: second_of(asked.at),
        state: state(app, case, asked).await?,
    }))
}

async fn page(
    app: &App,
    staff: &Staff,
    case: &Kept,
    asked: &Asked,
    form: Option<AnswerForm>,
) -> Result<OneAsk, PageError> {
    let content = case.case.as_ref().ok_or(PageError::NotFound)?;
    let mut answers = Vec::new();
    for answered in &asked.answers {
        answers.push(Answered {
            by: who(app, answered.by).await?,
            at: second_of(answered.at),
            agreed: answered.answer.agreed,
            reason: answered.answer.reason.clone(),
        });
    }
    Ok(OneAsk {
        shell: staff.shell(Room::Asks),
        name: asked.name(),
        case: content.reference,
        title: content.title.clone(),
        sees_case: cases::may_see(staff, case),
        ask: asked.ask.clone(),
        by: who(app, asked.by).await?,
        at: second_of(asked.at),
        state: state(app, case, asked).await?,
        answers,
        needed: needed(app, case, asked).await?,
        form,
        opened: asked.opened.as_ref().map(|opened| opened.name.clone()),
        made_up_key: app
            .story()
            .map(|_| demo::own_key(app, &staff.person).written().to_string()),
    })
}

async fn new_ask(
    app: &App,
    staff: &Staff,
    case: &Kept,
    kind: WishKind,
    fields: AskFields,
    errors: Vec<FormError>,
) -> Result<NewAsk, PageError> {
    let content = case.case.as_ref().ok_or(PageError::NotFound)?;
    let shown = cases::shown(app, case).await?;
    Ok(NewAsk {
        shell: staff.shell(Room::Cases),
        case: content.reference,
        title: content.title.clone(),
        kind,
        run: shown.map_or(0, |shown| shown.judged.verdict.run),
        fields,
        errors,
    })
}

fn new_reply(staff: &Staff, case: &Kept, fields: &Fields) -> Result<NewReply, PageError> {
    let content = case.case.as_ref().ok_or(PageError::NotFound)?;
    Ok(NewReply {
        shell: staff.shell(Room::Cases),
        case: content.reference,
        title: content.title.clone(),
        holder: fields.one("holder").to_owned(),
        text: fields.one("text").to_owned(),
        errors: Vec::new(),
    })
}
