//! The flags of permissions: `--allow-read[=PATH]` and its kin.

use std::ffi::OsString;

use clap::Args;
use clap::builder::{OsStringValueParser, StringValueParser, TypedValueParser as _};

use crate::permissions::{Address, Flag, Flags, Kind};

/// What stands for a flag without a value: no argument can hold it.
const ANY: &str = "\0";

const HEADING: &str = "Permissions (denied wins)";

/// Defines the two flags of each kind.
macro_rules! permission_args {
    ($($kind:ident: $allow:ident $deny:ident $value:literal $parser:expr, $help:literal, $deny_help:literal;)+) => {
        #[derive(Args, Clone, Default, PartialEq)]
        pub(super) struct PermissionArgs {
            /// Allow all that is not denied
            #[arg(short = 'A', long, help_heading = HEADING)]
            allow_all: bool,
            $(
                #[doc = $help]
                #[arg(long, value_name = $value, num_args = 0..=1, require_equals = true, default_missing_value = ANY)]
                #[arg(value_parser = $parser, help_heading = HEADING)]
                $allow: Vec<OsString>,
                #[doc = $deny_help]
                #[arg(long, value_name = $value, num_args = 0..=1, require_equals = true, default_missing_value = ANY)]
                #[arg(value_parser = $parser, help_heading = HEADING)]
                $deny: Vec<OsString>,
            )+
        }

        impl PermissionArgs {
            /// Both together.
            pub fn and(mut self, inner: Self) -> Self {
                self.allow_all |= inner.allow_all;
                $(
                    self.$allow.extend(inner.$allow);
                    self.$deny.extend(inner.$deny);
                )+
                self
            }
        }

        impl From<PermissionArgs> for Flags {
            fn from(args: PermissionArgs) -> Self {
                let mut list = Vec::new();
                $(
                    list.extend(args.$allow.into_iter().map(|what| flag(false, Kind::$kind, what)));
                    list.extend(args.$deny.into_iter().map(|what| flag(true, Kind::$kind, what)));
                )+
                Self { all: args.allow_all, list }
            }
        }
    };
}

permission_args! {
    Read: allow_read deny_read "PATH" named(),
        "Let scripts read files: all, or PATH and below", "Let scripts not read files";
    Write: allow_write deny_write "PATH" named(),
        "Let scripts write files: all, or PATH and below", "Let scripts not write files";
    Run: allow_run deny_run "PROGRAM" named(),
        "Let scripts start processes: any, or of PROGRAM", "Let scripts not start processes";
    Env: allow_env deny_env "NAME" named(),
        "Let scripts read environment variables: all, or NAME", "Let scripts not read environment variables";
    Net: allow_net deny_net "HOST[:PORT]" address(),
        "Let scripts use the network: all of it, or only HOST", "Let scripts not use the network";
}

fn flag(deny: bool, kind: Kind, what: OsString) -> Flag {
    Flag { deny, kind, what: (what != ANY).then_some(what) }
}

/// Something, or the stand-in for nothing. `--allow-read=$UNSET` must not allow everything.
fn named() -> impl clap::builder::TypedValueParser<Value = OsString> {
    let checked = |what: OsString| match what.is_empty() {
        true => Err("expected a name after the '='; without '=' the flag means all"),
        false => Ok(what),
    };
    OsStringValueParser::new().try_map(checked)
}

fn address() -> impl clap::builder::TypedValueParser<Value = OsString> {
    let checked = |what: String| match what == ANY {
        true => Ok(OsString::from(what)),
        false => Address::parse(&what).map(|_| what.into()),
    };
    StringValueParser::new().try_map(checked)
}
