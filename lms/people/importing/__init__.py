"""Staff lists: reading files, knowing their columns, checking rows, bringing people in.

`fields`, `reading`, `writing`, `values`, `rank_words` and `reasons` are pure; `deciding`,
`applying`, `undoing` and `work` know the models and are called by tasks and actions.
"""
