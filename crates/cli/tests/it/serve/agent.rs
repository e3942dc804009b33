//! An agent writes down what a customer says on the phone.

use countersign_core::staff::Role;

use super::asked::address;
use super::journey::looked_at;
use super::office::Office;
use crate::webdriver::axe;

#[test]
fn an_agent_enters_a_call_and_the_customer_proves_it() {
    let Some(office) = Office::open() else { return };
    let Some(axe) = axe() else {
        return crate::program::skipped("axe-core is not installed");
    };
    let (browser, served) = (&office.browser, &office.served);
    let ann = office.member(Role::Investigator, "Ann");
    let agent = office.member(Role::Agent, "Aga");
    browser.go(&served.url("/reports/enter")).unwrap();
    looked_at(browser, &axe, "the form for a call");
    let send = "document.querySelector('form[action=\"/reports/enter\"]').requestSubmit();";
    browser.run(send).unwrap();
    browser
        .until("document.querySelector('.problems')")
        .unwrap();
    looked_at(browser, &axe, "the form for a call with what is wrong");
    let fill = format!(
        "for (const [name, value] of [['when', 'now'], ['how', 'phone'], ['pretext', 'refund'], ['mail_code', 'yes']])
             document.querySelector(`input[name=${{name}}][value=${{value}}]`).click();
         document.getElementById('email').value = {:?};
         document.getElementById('customer').value = 'customer-24';
         {send}",
        address(24)
    );
    browser.run(&fill).unwrap();
    browser
        .until("document.querySelector('h1').innerText === 'The report is entered'")
        .unwrap();
    looked_at(browser, &axe, "the reference for the customer");
    let reference = browser
        .run("return document.querySelector('.done .id').innerText;")
        .unwrap();
    let reference = reference.as_str().unwrap().to_owned();
    let mail = served.mails.next();
    assert_eq!(mail.to, address(24));

    // Sent again by a reload, it is the same report and no second code.
    browser.run("location.reload();").unwrap();
    browser
        .until(&format!("document.body.innerText.includes({reference:?})"))
        .unwrap();
    assert!(served.mails.is_empty());

    // The agent sees neither the report nor a list of reports.
    let plain = reference.replace('-', "");
    for path in ["/reports".to_owned(), format!("/reports/{plain}")] {
        assert_eq!(served.get(&path, &agent).status, 403, "{path}");
    }
    let page = served.get(&format!("/reports/{plain}"), &ann).body;
    assert!(page.contains("written down by an agent"), "{page}");
    assert!(page.contains("customer-24"), "{page}");
    let inbox = |standing: &str| {
        let path = format!("/reports?standing={standing}");
        served.get(&path, &ann).body.contains(&reference)
    };
    assert!(inbox("waiting") && !inbox("counts"));
    let fields = [("reference", reference.as_str()), ("code", &mail.code())];
    assert_eq!(served.post("/report/code", "", &fields).status, 200);
    assert!(inbox("counts"));

    // One form is one report: other answers under its name are refused.
    let page = served.get("/reports/enter", &agent);
    let (_, rest) = page.body.split_once("name=\"once\" value=\"").unwrap();
    let once = rest.split('"').next().unwrap();
    let enter = |words: &str, csrf: &str| {
        let fields = [
            ("when", "forgotten"),
            ("how", "sms"),
            ("words", words),
            ("once", once),
            ("csrf", csrf),
        ];
        served.post("/reports/enter", &agent, &fields)
    };
    let csrf = page.csrf().unwrap();
    assert_eq!(enter("first", "").status, 400);
    assert_eq!(enter("first", &csrf).status, 200);
    assert_eq!(
        enter("first", &csrf).reference(),
        enter("first", &csrf).reference()
    );
    assert_eq!(enter("second", &csrf).status, 409);
    assert!(served.mails.is_empty());
}
