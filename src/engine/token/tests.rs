use proptest::prelude::*;

use super::{NoToken, Order, Token, fingerprint};

fn choices() -> impl Strategy<Value = Vec<u32>> {
    let choice = prop_oneof![6 => Just(0u32), 3 => 0u32..4, 1 => 0u32..40, 1 => any::<u32>()];
    prop::collection::vec(choice, 0..120)
}

proptest! {
    #[test]
    fn a_token_reads_as_it_is_written(fingerprint: u16, choices in choices(), seed: u64) {
        let token = Token::of_fingerprint(fingerprint, &choices);
        prop_assert_eq!(token.to_string().parse::<Token>(), Ok(token));
        let token = Token { fingerprint, order: Order::Seed(seed), within: None };
        prop_assert_eq!(token.to_string().parse::<Token>(), Ok(token));
    }

    #[test]
    fn so_does_one_of_what_a_run_explores(outer in choices(), inner in choices(), number in 1u32.., seed: u64) {
        let of_choices = Token::of_fingerprint(1, &outer).exploring(number).with(&inner);
        prop_assert_eq!(of_choices.to_string().parse::<Token>(), Ok(of_choices));
        let of_seed = Token::of_seed("", seed).exploring(number).with(&inner);
        prop_assert_eq!(of_seed.to_string().parse::<Token>(), Ok(of_seed));
    }

    #[test]
    fn no_character_means_anything_to_a_shell(fingerprint: u16, choices in choices()) {
        let text = Token::of_fingerprint(fingerprint, &choices).to_string();
        prop_assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{}", text);
        let text = Token::of_fingerprint(fingerprint, &[]).exploring(1).with(&choices).to_string();
        prop_assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)), "{}", text);
    }

    #[test]
    fn zeros_at_the_end_do_not_count(choices in choices(), zeros in 0usize..40) {
        let mut longer = choices.clone();
        longer.resize(choices.len() + zeros, 0);
        prop_assert_eq!(Token::of_fingerprint(1, &longer), Token::of_fingerprint(1, &choices));
    }

    #[test]
    fn any_text_is_a_token_or_an_error(text in "\\PC{0,20}") {
        let _ = text.parse::<Token>();
    }

    #[test]
    fn what_reads_as_a_token_is_written_again_as_one(text in "[0-9a-f]{4}[xs]?[0-9a-zA-Z_]{0,12}(-[0-9x]{0,4})?") {
        if let Ok(token) = text.parse::<Token>() {
            prop_assert_eq!(token.to_string().parse::<Token>(), Ok(token));
        }
    }
}

#[test]
fn tokens_are_short() {
    let text = |choices: &[u32]| Token::of_fingerprint(0x41c7, choices).to_string();
    assert_eq!(text(&[0, 1, 1, 0]), "41c7x011");
    assert_eq!(text(&[]), "41c7x");
    assert_eq!(text(&[10, 35, 36, 0, 0, 0, 1]), "41c7xaz_36_0001");
    assert_eq!(text(&[[0; 31].as_slice(), &[2]].concat()), "41c7xZ002");
    assert_eq!(Token::of_fingerprint(0x41c7, &[]).exploring(2).with(&[0, 1, 0]).to_string(), "41c7-2x01");
    assert_eq!(Token::of_fingerprint(0x41c7, &[1]).exploring(2).to_string(), "41c7x1-2x");
    assert_eq!(Token::of_seed("", 17).to_string(), format!("{:04x}s17", fingerprint("")));
}

#[test]
fn a_token_knows_its_script() {
    let token = Token::of_choices("print(1);\nprint(2);\n", &[1]);
    assert!(token.is_for("print(1);\nprint(2);\n"));
    assert!(token.is_for("\u{feff}print(1);\r\nprint(2);\r\n"));
    assert!(!token.is_for("print(1);\nprint(3);\n"));
}

#[test]
fn what_is_no_token_is_told_why() {
    let why = |text: &str| match text.parse::<Token>() {
        Err(NoToken(why)) => why,
        Ok(token) => panic!("{text} is {token:?}"),
    };
    assert!(why("").ends_with("four hexadecimal digits, which stand for the script"));
    assert!(why("+1c7x0").contains("four hexadecimal digits"));
    assert!(why("äöü").contains("four hexadecimal digits"));
    assert!(why("41c7").contains("`x` with choices, or `s` with a seed"));
    assert!(why("41c7s-1").contains("a whole number from 0 on"));
    assert!(why("41c7x01.").ends_with("'.' is no choice"));
    for text in ["41c7-", "41c7-0x1", "41c7x01-x1", "41c7--1x", "41c7s3-+1"] {
        assert!(why(text).contains("which exploration of the run is meant, from 1"), "{text}");
    }
    assert!(why("41c7-1x?").ends_with("'?' is no choice"));
    assert!(why("41c7x_12").contains("must end with another `_`"));
    assert!(why("41c7x_q_").contains("not \"q\""));
}
