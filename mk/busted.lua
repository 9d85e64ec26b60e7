-- Runs busted with the interpreter that runs this file, however busted was installed.
require "busted.runner" { standalone = false }
