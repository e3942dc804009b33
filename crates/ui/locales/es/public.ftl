skip = Skip to main content
