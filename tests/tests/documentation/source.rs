//! What a crate makes public, and the examples beside it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use syn::{Attribute, Expr, ImplItem, Item, ItemEnum, ItemImpl, ItemMod, ItemStruct, ItemTrait};
use syn::{Lit, Meta, TraitItem, Type, Visibility, parse_file};

/// The public items of a crate. A `pub` in its source is one that can be reached from outside: the
/// lint `unreachable_pub` sees to that.
pub(crate) struct Crate {
    items: Vec<Public>,
    /// By the first module and the name of a type: the examples at it, and those at its methods.
    types: HashMap<(String, String), Examples>,
}

#[derive(Default)]
struct Examples {
    own: String,
    of_methods: String,
}

struct Public {
    module: Vec<String>,
    /// The type or trait, of a method.
    of: Option<String>,
    name: String,
    /// Whether an example stands at it.
    has_own: bool,
    /// The examples at the modules that it is in.
    around: String,
}

/// A module that is being read.
#[derive(Clone, Default)]
struct Module {
    path: Vec<String>,
    examples: String,
}

impl Crate {
    /// Reads the source from its root on.
    pub(crate) fn read(root: &Path) -> Self {
        let mut found = Self {
            items: Vec::new(),
            types: HashMap::new(),
        };
        let folder = root.parent().expect("a folder").to_owned();
        found.file(root, &folder, Module::default());
        found
    }

    /// The items that no example shows.
    pub(crate) fn missing(&self) -> Vec<String> {
        let items = self.items.iter().filter(|item| !self.shows(item));
        items.map(Public::path).collect()
    }

    /// How many items there are that an example shows.
    pub(crate) fn shown(&self) -> usize {
        self.items.iter().filter(|item| self.shows(item)).count()
    }

    fn shows(&self, item: &Public) -> bool {
        let of_type = |name: &str| self.types.get(&(area(&item.module), name.to_owned()));
        item.has_own
            || match &item.of {
                None => {
                    names(&item.around, &item.name)
                        || of_type(&item.name).is_some_and(|at| !at.of_methods.is_empty())
                }
                Some(of) => {
                    calls(&item.around, &item.name)
                        || of_type(of).is_some_and(|at| calls(&at.own, &item.name))
                }
            }
    }

    fn file(&mut self, path: &Path, folder: &Path, mut module: Module) {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let file = parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        module.examples += &examples(&file.attrs);
        self.items(file.items, folder, &module);
    }

    fn items(&mut self, items: Vec<Item>, folder: &Path, module: &Module) {
        for item in items {
            if is_hidden(&item) {
                continue;
            }
            match item {
                Item::Mod(item) => self.module(item, folder, module),
                Item::Fn(item) => {
                    self.add(
                        &item.vis,
                        module,
                        None,
                        item.sig.ident.to_string(),
                        &item.attrs,
                    );
                }
                Item::Struct(item) => {
                    self.add_type(&item.vis, module, item.ident.to_string(), &item.attrs);
                }
                Item::Enum(item) => {
                    self.add_type(&item.vis, module, item.ident.to_string(), &item.attrs);
                }
                Item::Trait(item) => {
                    let name = item.ident.to_string();
                    self.add_type(&item.vis, module, name.clone(), &item.attrs);
                    for method in item.items {
                        if let TraitItem::Fn(method) = method {
                            let its = method.sig.ident.to_string();
                            self.add(&item.vis, module, Some(name.clone()), its, &method.attrs);
                        }
                    }
                }
                Item::Impl(item) if item.trait_.is_none() => self.methods(item, module),
                _ => {}
            }
        }
    }

    fn module(&mut self, item: ItemMod, folder: &Path, around: &Module) {
        if is_for_tests(&item.attrs) {
            return;
        }
        let name = item.ident.to_string();
        let mut module = around.clone();
        module.examples += &examples(&item.attrs);
        module.path.push(name.clone());
        let below = folder.join(&name);
        if let Some((_, items)) = item.content {
            return self.items(items, &below, &module);
        }
        let beside = folder.join(format!("{name}.rs"));
        let path = if beside.exists() {
            beside
        } else {
            below.join("mod.rs")
        };
        self.file(&path, &below, module);
    }

    fn methods(&mut self, item: ItemImpl, module: &Module) {
        let Type::Path(of) = &*item.self_ty else {
            return;
        };
        let Some(of) = of.path.segments.last().map(|last| last.ident.to_string()) else {
            return;
        };
        let at_impl = examples(&item.attrs);
        self.at_type(module, &of).own += &at_impl;
        for method in item.items {
            if let ImplItem::Fn(method) = method {
                let name = method.sig.ident.to_string();
                self.add(&method.vis, module, Some(of.clone()), name, &method.attrs);
            }
        }
    }

    fn add_type(&mut self, vis: &Visibility, module: &Module, name: String, at: &[Attribute]) {
        self.at_type(module, &name).own += &examples(at);
        self.add(vis, module, None, name, at);
    }

    fn add(
        &mut self,
        vis: &Visibility,
        module: &Module,
        of: Option<String>,
        name: String,
        at: &[Attribute],
    ) {
        if !matches!(vis, Visibility::Public(_)) {
            return;
        }
        let own = examples(at);
        if let Some(of) = &of {
            self.at_type(module, of).of_methods += &own;
        }
        self.items.push(Public {
            module: module.path.clone(),
            of,
            name,
            has_own: !own.is_empty(),
            around: module.examples.clone(),
        });
    }

    fn at_type(&mut self, module: &Module, name: &str) -> &mut Examples {
        let at = (area(&module.path), name.to_owned());
        self.types.entry(at).or_default()
    }
}

impl Public {
    fn path(&self) -> String {
        let mut path = self.module.clone();
        path.extend(self.of.clone());
        path.push(self.name.clone());
        path.join("::")
    }
}

/// Types of one name are told apart by the first module that they are in.
fn area(module: &[String]) -> String {
    module.first().cloned().unwrap_or_default()
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        _ => false,
    })
}

/// Whether the documentation leaves a type or a trait out.
fn is_hidden(item: &Item) -> bool {
    let (Item::Struct(ItemStruct { attrs, .. })
    | Item::Enum(ItemEnum { attrs, .. })
    | Item::Trait(ItemTrait { attrs, .. })) = item
    else {
        return false;
    };
    attrs.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("doc") => list.tokens.to_string() == "hidden",
        _ => false,
    })
}

/// The code of the examples in doc comments that `cargo test` runs.
fn examples(attributes: &[Attribute]) -> String {
    let (mut code, mut inside) = (String::new(), None);
    for attribute in attributes {
        let Meta::NameValue(pair) = &attribute.meta else {
            continue;
        };
        let (true, Expr::Lit(value)) = (pair.path.is_ident("doc"), &pair.value) else {
            continue;
        };
        let Lit::Str(text) = &value.lit else { continue };
        for line in text.value().lines() {
            match (line.trim().strip_prefix("```"), inside) {
                (Some(kind), None) => inside = Some(runs(kind)),
                (Some(_), Some(_)) => inside = None,
                (None, Some(true)) => {
                    code.push_str(line);
                    code.push('\n');
                }
                (None, _) => {}
            }
        }
    }
    code
}

/// Whether code of this kind is built and run.
fn runs(kind: &str) -> bool {
    kind.split(',')
        .all(|word| matches!(word.trim(), "" | "rust" | "should_panic"))
}

/// Whether code has this name in it.
fn names(code: &str, name: &str) -> bool {
    found(code, name).any(|(before, after)| !in_word(before.chars().next_back()) && !in_word(after))
}

/// Whether code calls or writes a method of this name.
fn calls(code: &str, name: &str) -> bool {
    found(code, name).any(|(before, after)| {
        let is_its = [".", "::", "fn "].iter().any(|sign| before.ends_with(sign));
        is_its && !in_word(after)
    })
}

/// What is before each place of a text in another, and the character after it.
fn found<'a>(code: &'a str, name: &str) -> impl Iterator<Item = (&'a str, Option<char>)> {
    code.match_indices(name).map(|(at, matched)| {
        let after = code[at + matched.len()..].chars().next();
        (&code[..at], after)
    })
}

fn in_word(character: Option<char>) -> bool {
    character.is_some_and(|character| character.is_alphanumeric() || character == '_')
}
