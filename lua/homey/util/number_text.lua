-- Numbers to text and back, with a decimal point in every locale. In a host with a locale that uses
-- a comma, as Gtk sets one, Lua's `tonumber`, `tostring` and `string.format` use the comma, too. So
-- all numbers with fractions are parsed and formatted here.

local far = 100000 -- beyond any exponent that matters

local number_text = {}

--- Parse a decimal number, which may have an exponent and white space around it; nil if it is none.
--- Whole numbers become integers where Lua has them.
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
  -- without a point no locale matters
  return tonumber(("%s%s%se%d"):format(sign, whole, fraction, shift))
end

--- True when a value is a finite number.
---@param value any
---@return boolean
function number_text.is_finite(value)
  return type(value) == "number" and value == value and value ~= math.huge and value ~= -math.huge
end

--- Format a finite number as string.format does.
---@param format string  "%.14g"
---@param number number
---@return string
function number_text.format(format, number)
  return (format:format(number):gsub("[^0-9eE+-]+", "."))
end

return number_text
