"""What ``zoo doctor`` looks at: installed packages, plugins, data, runtimes, packs and threads."""
