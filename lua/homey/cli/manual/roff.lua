-- Roff: text for man(1), with the macros of its package man.

local upper = require("homey.util.text").upper

local roff = {}

local function escaped(text)
  return (text:gsub("\\", "\\e"):gsub("-", "\\-"))
end

--- Lines of text as they stand: no word of them is a request.
---@param text string
---@return string
function roff.text(text)
  return (escaped(text):gsub("^([.'])", "\\&%1"):gsub("\n([.'])", "\n\\&%1"))
end

--- A text as one argument of a macro.
---@param text string
---@return string
function roff.quoted(text)
  return '"' .. escaped(text):gsub('"', '""') .. '"'
end

--- A term and what it means, as an entry of a list.
---@param term string
---@param meaning string
---@return string
function roff.entry(term, meaning)
  return (".TP\n.B %s\n%s\n"):format(roff.quoted(term), roff.text(meaning))
end

--- Lines that are not filled.
---@param text string
---@return string
function roff.lines(text)
  return ".PP\n.nf\n" .. roff.text(text) .. "\n.fi\n"
end

--- The head of a page and its line of the name.
---@param name string     "homey-set"
---@param version string
---@param about string    in one line
---@return string
function roff.head(name, version, about)
  return (".TH %s 1 \"\" %s \"User Commands\"\n.SH NAME\n%s \\- %s\n"):format(
    roff.quoted(upper(name)), roff.quoted("homey " .. version), roff.text(name), roff.text(about))
end

return roff
