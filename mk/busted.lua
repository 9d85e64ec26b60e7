-- Runs busted under whichever interpreter runs this file; how busted was installed does not matter
-- then.
require "busted.runner" { standalone = false }
