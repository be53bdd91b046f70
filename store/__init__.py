"""Everything that is kept: SQL tables, migrations, one unit of work, small repositories. The only place with SQL."""
