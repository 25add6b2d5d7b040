//! Files and folders.

use std::rc::Rc;

use rhai::{Array, Dynamic};

use super::super::functions;
use super::super::values::{Fallible, bytes};
use super::{Asker, Use, World, blocking, give_back};
use crate::engine::errors::{error, kind};
use crate::engine::script::{self, Waits};
use crate::host::Host;
use crate::lang::Raise;
use crate::permissions::Thing;
use crate::system::error::quoted;
use crate::system::scratch::Scratch;
use crate::system::{Error, files};
use crate::trace::event::WaitClass;

functions! {
    /// The text of a file, which must be UTF-8. At most 64 MiB: `file_lines` reads longer ones. Throws "io", with the
    /// `path`; "value" for what is not UTF-8; "limit"; and "permission" outside of the folders that may be read.
    ///
    /// ```
    /// let path = await temp_dir() + "/greeting.txt";
    /// await write_file(path, "hello");
    /// assert(await read_file(path) == "hello");
    /// try { await read_file("no such file") } catch (e) { assert(e.error == "io" && e.path == "no such file") }
    /// ```
    ///
    /// asyncio: `aiofiles.open` and `read`; JavaScript: `fs.promises.readFile`; tokio: `tokio::fs::read_to_string`
    "read_file(path)" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("read_file", move |path: &str| {
            world.on_path("read_file", path, Use::Read, files::read_text, Dynamic::from)
        });
    };

    /// The bytes of a file, a blob. At most 64 MiB. Throws "io", "limit" and "permission".
    ///
    /// ```
    /// let path = await temp_dir() + "/bytes";
    /// await write_file(path, blob(3, 255));
    /// assert(await read_bytes(path) == blob(3, 255));
    /// ```
    ///
    /// asyncio: `aiofiles.open(path, "rb")`; JavaScript: `fs.promises.readFile`; tokio: `tokio::fs::read`
    "read_bytes(path)" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("read_bytes", move |path: &str| {
            world.on_path("read_bytes", path, Use::Read, files::read_bytes, Dynamic::from_blob)
        });
    };

    /// Writes a string or a blob as a file, in the place of what was in it. Needs `--allow-write`, but for what lies
    /// below a `temp_dir()` and what is typed at the prompt. Throws "io", then what was in the file may be lost, and
    /// "permission".
    ///
    /// ```
    /// let path = await temp_dir() + "/a.txt";
    /// await write_file(path, "one");
    /// await write_file(path, "two");
    /// assert(await read_file(path) == "two");
    /// ```
    ///
    /// asyncio: `aiofiles.open(path, "w")`; JavaScript: `fs.promises.writeFile`; tokio: `tokio::fs::write`
    "write_file(path, data)" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("write_file", move |path: &str, data: Dynamic| -> Fallible {
            let data = bytes("write_file", &data)?;
            let write = move |path: &_, shown: &_| files::write(path, shown, &data);
            Ok(Dynamic::from(world.on_path("write_file", path, Use::Write, write, Dynamic::from)))
        });
    };

    /// Adds a string or a blob to the end of a file, which is made if it is not there. Throws "io" and "permission".
    ///
    /// ```
    /// let log = await temp_dir() + "/log";
    /// await append_file(log, "one\n");
    /// await append_file(log, "two\n");
    /// assert(await read_file(log) == "one\ntwo\n");
    /// ```
    ///
    /// asyncio: `aiofiles.open(path, "a")`; JavaScript: `fs.promises.appendFile`; tokio: `OpenOptions::append`
    "append_file(path, data)" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("append_file", move |path: &str, data: Dynamic| -> Fallible {
            let data = bytes("append_file", &data)?;
            let append = move |path: &_, shown: &_| files::append(path, shown, &data);
            Ok(Dynamic::from(world.on_path("append_file", path, Use::Write, append, Dynamic::from)))
        });
    };

    /// Copies a file; one that is there already is replaced. Throws "io" and "permission".
    ///
    /// ```
    /// let dir = await temp_dir();
    /// await write_file(dir + "/a", "text");
    /// await copy_file(dir + "/a", dir + "/b");
    /// assert(await read_file(dir + "/b") == "text");
    /// ```
    ///
    /// asyncio: `asyncio.to_thread(shutil.copy, a, b)`; JavaScript: `fs.promises.copyFile`; tokio: `tokio::fs::copy`
    "copy_file(from, to)" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("copy_file", move |from: &str, to: &str| {
            let (asker, from, to) = (world.asker(), from.to_string(), to.to_string());
            world.future("copy_file", &from.clone(), move |_| async move {
                let source = asker.path(Use::Read, &from).await?;
                let target = asker.path(Use::Write, &to).await?;
                let shown = format!("{} to {}", quoted(&from, usize::MAX), quoted(&to, usize::MAX));
                give_back(&from, blocking(move || files::copy(&source, &target, &shown)).await).map(Dynamic::from)
            })
        });
    };

    /// Removes a file, or a link; not a folder. Throws "io" and "permission".
    ///
    /// ```
    /// let path = await temp_dir() + "/a";
    /// await write_file(path, "");
    /// await remove_file(path);
    /// assert(!await exists(path));
    /// ```
    ///
    /// asyncio: `aiofiles.os.remove`; JavaScript: `fs.promises.unlink`; tokio: `tokio::fs::remove_file`
    "remove_file(path)" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("remove_file", move |path: &str| {
            world.on_path("remove_file", path, Use::Remove, files::remove, Dynamic::from)
        });
    };

    /// Whether there is a file or a folder of this name. Throws "permission".
    ///
    /// ```
    /// assert(await exists(await temp_dir()));
    /// assert(!await exists("no such file"));
    /// ```
    ///
    /// asyncio: `aiofiles.os.path.exists`; JavaScript: `fs.existsSync`; tokio: `tokio::fs::try_exists`
    "exists(path)" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("exists", move |path: &str| {
            world.on_path("exists", path, Use::Read, |path, _| Ok(files::exists(path)), Dynamic::from)
        });
    };

    /// The names of what is in a folder, sorted; not their paths. Throws "io" and "permission".
    ///
    /// ```
    /// let dir = await temp_dir();
    /// await gather(write_file(dir + "/b", ""), write_file(dir + "/a", ""));
    /// assert(await list_dir(dir) == ["a", "b"]);
    /// ```
    ///
    /// asyncio: `aiofiles.os.listdir`; JavaScript: `fs.promises.readdir`; tokio: `tokio::fs::read_dir`
    "list_dir(path)" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("list_dir", move |path: &str| {
            let give = |names: Vec<String>| names.into_iter().map(Dynamic::from).collect::<Array>().into();
            world.on_path("list_dir", path, Use::Read, files::list, give)
        });
    };

    /// Makes a folder, and those above it that are missing. One that is there already stays as it is. Throws "io" and
    /// "permission".
    ///
    /// ```
    /// let dir = await temp_dir();
    /// await make_dir(dir + "/a/b");
    /// await make_dir(dir + "/a/b");
    /// assert(await list_dir(dir + "/a") == ["b"]);
    /// ```
    ///
    /// asyncio: `aiofiles.os.makedirs`; JavaScript: `fs.promises.mkdir`; tokio: `tokio::fs::create_dir_all`
    "make_dir(path)" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("make_dir", move |path: &str| {
            world.on_path("make_dir", path, Use::Write, files::make_folder, Dynamic::from)
        });
    };

    /// Makes an empty folder that is this session's own, and gives its path. Scripts may read and write below
    /// it without a flag. It is removed with all that is in it at the end of the session.
    ///
    /// ```
    /// let dir = await temp_dir();
    /// await write_file(dir + "/notes.txt", "kept until the end of the session");
    /// assert(await temp_dir() != dir);
    /// ```
    ///
    /// asyncio: `tempfile.TemporaryDirectory`; JavaScript: `fs.mkdtempSync`; tokio: the crate `tempfile`
    "temp_dir()" => |lib| {
        let (world, scratch) = (World::of(lib), Rc::new(Scratch::default()));
        lib.engine.register_fn("temp_dir", move || {
            let (host, asker, scratch) = (world.host.clone(), world.asker(), scratch.clone());
            script::future(&world.kernel, "temp_dir", WaitClass::Io, Waits::Outside, move |_| async move {
                Ok(temp_dir(&*host, &asker, &scratch).map_err(Raise::from)?.into())
            })
        });
    };
}

fn temp_dir(host: &dyn Host, asker: &Asker, scratch: &Scratch) -> Fallible<String> {
    let fail = |e| error(kind::IO, Error::of("make a temporary folder", &e).message);
    let folder = scratch.make().map_err(fail)?;
    host.permissions().add_own(folder.clone());
    // that a flag forbids writing altogether is better told here than at the first file
    super::thrown(asker.allow(Thing::Write(&folder)))?;
    match folder.into_os_string().into_string() {
        Ok(path) => Ok(path),
        Err(path) => Err(error(kind::IO, format!("the path of temporary folders is not UTF-8: {}", path.display()))),
    }
}
