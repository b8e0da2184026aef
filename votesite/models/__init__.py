"""Tables: columns, constraints and yes/no questions about one row."""
