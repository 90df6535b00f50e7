//! Variables and environments.

use super::*;

const TWO: &str = "\
version: 1
name: api
environments:
  staging: { vars: { domain: staging.example.com, elb: old } }
  production: { vars: { domain: example.com } }
records:
  - name: \"${host}.${domain}\"
    zone: ${domain}
    legacy: { elb: \"${elb}\" }
    new: { alb: api }
steps:
  - { weight: \"${first}\", hold: 1h }
";

#[test]
fn variables_come_from_the_environment_and_the_caller_who_wins() {
    let vars = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>()
    };
    let choice = |environment: &str, pairs| Choice {
        environment: Some(environment.to_owned()),
        vars: vars(pairs),
    };
    let given = [("host", "api"), ("first", "5%"), ("elb", "older")];
    let runbook = parse(&source(TWO), &choice("staging", &given)).unwrap();
    assert_eq!(runbook.records[0].name.as_str(), "api.staging.example.com");
    assert_eq!(runbook.records[0].legacy.metrics_balancer().unwrap().name, "older");
    assert_eq!(runbook.environment.name.as_deref(), Some("staging"));
    let unset = parse(&source(TWO), &choice("production", &[("hosts", "x")])).unwrap_err();
    assert_data_eq!(
        unset.to_string(),
        str![[r#"
api.yaml:7:12: `${host}` is not set in environment `production`
  hint: did you mean `${hosts}`?
api.yaml:9:21: `${elb}` is not set in environment `production`
  hint: set it in `vars` of `production`, or with `--var elb=...`
api.yaml:12:16: `${first}` is not set in environment `production`
  hint: set it in `vars` of `production`, or with `--var first=...`
"#]]
    );
    let everywhere = validate(&source(TWO), &vars(&[("host", "api"), ("first", "5")])).unwrap_err();
    assert_data_eq!(
        everywhere.to_string(),
        str![[r#"
api.yaml:9:21: `${elb}` is not set in environment `production`
  hint: set it in `vars` of `production`, or with `--var elb=...`
api.yaml:12:15: `weight`: `5` has no unit
  hint: write `5%`
"#]]
    );
}

#[test]
fn a_dollar_can_be_had_and_a_variable_in_a_variable_cannot() {
    let with =
        |description: &str| {
            let environments =
                format!("environments: {{ only: {{ vars: {{ a: \"{description}\" }} }} }}\n");
            read(&LEAST.replace(
                "version: 1\n",
                &format!("version: 1\ndescription: '${{a}}'\n{environments}"),
            ))
        };
    assert_eq!(with("$5").unwrap().description, "$5");
    assert_data_eq!(
        with("${a}").unwrap_err(),
        str!["api.yaml:3:36: a variable's value is taken as it stands; `${` is not filled in here"]
    );
    assert!(with(&"x".repeat(1001)).unwrap_err().contains("longer than 1000 bytes"));
    let literal = LEAST.replace("name: api\n", "name: api\ndescription: a$${x} $5 $${HOME}\n");
    assert_eq!(read(&literal).unwrap().description, "a${x} $5 ${HOME}");
    let open = LEAST.replace("name: api\n", "name: api\ndescription: costs ${5\n");
    assert_data_eq!(
        read(&open).unwrap_err(),
        str![[r#"
api.yaml:3:20: a `${` without its `}`
  hint: write `${name}`, or `$${` for a literal `${`
"#]]
    );
}

#[test]
fn the_environment_is_chosen_and_not_guessed() {
    let choose = |text: &str, name: Option<&str>| {
        let environment = name.map(str::to_owned);
        parse(&source(text), &Choice { environment, vars: BTreeMap::new() }).unwrap_err()
    };
    let [needs, wrong, none] =
        [choose(TWO, None), choose(TWO, Some("prod")), choose(LEAST, Some("prod"))];
    assert!(matches!(&needs, ParseError::NeedsEnvironment { names, .. } if names.len() == 2));
    assert!(matches!(&wrong, ParseError::NoSuchEnvironment { names, .. } if names.len() == 2));
    assert!(matches!(&none, ParseError::NoSuchEnvironment { names, .. } if names.is_empty()));
    assert_data_eq!(
        format!("{needs}\n{wrong}\n{none}\n"),
        str![[r#"
api.yaml can run in `staging` or `production`; say where with `--env`
api.yaml has no environment `prod`; it has `staging` or `production`
api.yaml has no environment `prod`; leave `--env` out

"#]]
    );
    let one = LEAST.replace("version: 1", "version: 1\nenvironments: { only: {} }");
    assert_eq!(read(&one).unwrap().environment.name.as_deref(), Some("only"));
}
