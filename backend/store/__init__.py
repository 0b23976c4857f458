"""Tables, migrations, retention."""
