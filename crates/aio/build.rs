//! How the command is linked.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        // At a fixed address, as CPython's is on Debian: no address in it has to be corrected at
        // the start, which takes an eighth of the time that `print("hi")` takes.
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
