"""Languages: gettext catalogues, and one formatter of dates, times and money for a locale."""
