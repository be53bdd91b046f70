"""A fake Asana: one workspace in memory behind the vendor's HTTP interface, its limits and its habits."""
