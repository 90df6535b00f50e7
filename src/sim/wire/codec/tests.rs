//! Junk, moments, lists: the codecs without a network.

use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn a_form_becomes_a_tree_with_lists_in_the_order_of_their_numbers() {
    let form = b"Action=X&Names.member.2=b&Names.member.10=c&Names.member.1=a&\
        Q.member.1.Stat.Period=60&Q.member.1.Id=m%200&Empty=";
    assert_eq!(
        decode_query(form).unwrap(),
        json!({
            "Action": "X",
            "Names": ["a", "b", "c"],
            "Q": [{"Stat": {"Period": "60"}, "Id": "m 0"}],
            "Empty": "",
        })
    );
}

#[test]
fn a_form_that_contradicts_itself_is_refused() {
    for form in ["a=1&a=2", "a=1&a.b=2", "a.b=2&a=1"] {
        assert!(decode_query(form.as_bytes()).is_err(), "{form}");
    }
    assert!(decode_query(["a"; 40].join(".").as_bytes()).is_err());
}

#[test]
fn a_document_is_read_without_namespaces_attributes_and_comments() {
    let root = decode_xml(
        b"<?xml version=\"1.0\"?><r53:Root xmlns:r53=\"u\" a=\"1\"><!-- c --><A>x &amp; &#34;y&#34;</A>\
          <A><![CDATA[<]]></A><B/></r53:Root>",
    )
    .unwrap();
    assert_eq!(root.name, "Root");
    assert_eq!(root.text_of("A"), Some("x & \"y\""));
    assert_eq!(root.children[1].text, "<");
    assert_eq!(root.text_of("B"), Some(""));
    assert_eq!(root.text_of("C"), None);
}

#[test]
fn a_document_that_is_broken_deep_or_clever_is_refused() {
    let deep = "<a>".repeat(5000) + &"</a>".repeat(5000);
    let broken = ["", "<a>", "</a>", "<a></b>", "<a>&lol;</a>", "text", &deep];
    for text in broken.into_iter().chain(["<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"]) {
        assert!(decode_xml(text.as_bytes()).is_err(), "{}", &text[..text.len().min(40)]);
    }
    assert!(decode_xml(b"<a>\xff</a>").is_err());
}

#[test]
fn what_is_written_as_xml_reads_back() {
    let node = record([
        ("Text", Node::from("a<b> & \"c\" \u{1}")),
        ("Items", Node::members(["x".into(), "y".into()])),
        ("Whole", Node::Whole(-3)),
    ]);
    let root = decode_xml(document("R", "urn:n", &content(&node)).as_bytes()).unwrap();
    assert_eq!(root.text_of("Text"), Some("a<b> & \"c\" ?"));
    assert_eq!(root.child("Items").unwrap().children[1].text, "y");
    assert_eq!(root.text_of("Whole"), Some("-3"));
}

#[test]
fn moments_are_tagged_seconds_in_cbor_and_plain_seconds_in_json() {
    let at = "2026-11-23T02:14:00Z".parse().unwrap();
    let node = record([("At", Node::Time(at))]);
    let cbor: ciborium::Value = ciborium::from_reader(&encode_cbor(&node)[..]).unwrap();
    let (_, at_in_cbor) = &cbor.as_map().unwrap()[0];
    assert_eq!(at_in_cbor.as_tag().unwrap().0, 1);
    let tree = decode_cbor(&encode_cbor(&node)).unwrap();
    assert_eq!(tree, decode_json(&encode_json(&node)).unwrap());
    assert_eq!(Args(&tree).needed_time("At").unwrap(), at);
    let text = json!({"At": "2026-11-23T02:14:00Z"});
    assert_eq!(Args(&text).needed_time("At").unwrap(), at);
}

#[test]
fn an_argument_of_the_wrong_kind_is_named() {
    let tree = json!({"Period": "soon", "Names": 5, "Id": null});
    let args = Args(&tree);
    assert!(args.whole("Period").unwrap_err().to_string().contains("Period"));
    assert!(args.list("Names").unwrap_err().to_string().contains("Names"));
    assert!(args.needed_text("Id").unwrap_err().to_string().contains("Id is required"));
}

proptest! {
    #[test]
    fn junk_is_an_error_or_a_tree_and_never_a_panic(junk in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode_cbor(&junk);
        let _ = decode_json(&junk);
        let _ = decode_query(&junk);
        let _ = decode_xml(&junk);
    }

    #[test]
    fn junk_that_looks_like_a_document_never_panics(junk in "(<[/!?]?[a-z:]{0,3}/?>|&[#a-z0-9]{0,4};|[ -~]){0,30}") {
        let _ = decode_xml(junk.as_bytes());
        let _ = decode_query(junk.as_bytes());
    }
}
