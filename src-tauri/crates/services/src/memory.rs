//! What the process asks of its allocator.

/// Gives large blocks back to the system as soon as they are free. Left to itself, glibc takes the first large block that
/// is freed for a sign of more, keeps what comes after it, and an upload of 5 GB in parts of 8 MB held 126 MB instead of 66.
/// To be called once, before threads start. Other allocators do so by themselves.
pub fn give_back_early() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const LARGE_BYTES: libc::c_int = 1 << 20;
        for option in [libc::M_MMAP_THRESHOLD, libc::M_TRIM_THRESHOLD] {
            // SAFETY: mallopt takes two numbers and keeps no pointer; it knows both options, else it answers 0.
            #[allow(unsafe_code)]
            let taken = unsafe { libc::mallopt(option, LARGE_BYTES) };
            debug_assert_eq!(taken, 1);
        }
    }
}
