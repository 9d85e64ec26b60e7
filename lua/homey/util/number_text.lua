-- Numbers as text, with a point in every locale. A host that has set a locale with a comma, as Gtk does, makes Lua's own
-- `tonumber`, `tostring` and `string.format` use the comma: text that may have a point is read here only, and numbers that may
-- have a fraction become text here only.

local far = 100000 -- beyond any exponent that matters

local number_text = {}

--- The number that a text is, with a point and an exponent where there are any, and white space around it; nil where it is
--- none. Whole numbers are integers where Lua has them.
---@param s string
---@return number?
function number_text.read(s)
  local sign, whole, rest = s:match "^%s*([+-]?)([0-9]*)(.-)%s*$"
  local fraction, exponent = rest:match "^%.([0-9]*)(.*)$"
  exponent = exponent or rest
  local power = exponent:match "^[eE]([+-]?[0-9]+)$"
  if whole .. (fraction or "") == "" or exponent ~= "" and not power then return nil end
  if not fraction and not power then return tonumber(sign .. whole) end
  fraction = fraction or ""
  local shift = math.max(-far, math.min(tonumber(power) or 0, far)) - #fraction
  return tonumber(("%s%s%se%d"):format(sign, whole, fraction, shift)) -- without a point no locale matters
end

--- Is a value a number, and neither infinite nor NaN?
---@param value any
---@return boolean
function number_text.is_finite(value)
  return type(value) == "number" and value == value and value ~= math.huge and value ~= -math.huge
end

--- A finite number by a format of string.format.
---@param format string  "%.14g"
---@param number number
---@return string
function number_text.format(format, number)
  return (format:format(number):gsub("[^0-9eE+-]+", "."))
end

return number_text
