"""The scalar functions, one module a family. ``functions.index`` says which module holds which names.

strings      text            encodings   text and bytes    masks       hiding characters
regex        regexps         javaregex   Java's syntax     utf16       Java's view of text
json         JSON text       jsonpath    paths in it       url         parts of URLs
arithmetic   rounding, ...   trigonometry                  greatest    GREATEST, LEAST
dates        adding, days    formats     dates as text     nulls       COALESCE, ...
arrays       sets            ordering    sorted, joined    maps        maps
lambdas      TRANSFORM, ...  other       the rest
"""
