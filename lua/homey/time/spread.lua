-- Random shift of a moment, "sunset +- 20 min": the same all day and after a restart, another one
-- each day, and another one for each home and rule.

local modulus = 2147483647 -- 2^31 - 1, prime. All products below are exact: less than 2^53.

-- Squares the halves of a hash: the next day must not be a fixed step away.
local function mix(hash)
  local high, low = math.floor(hash / 65536), hash % 65536
  return (low * low * 31821 + high * high * 69621 + low * high + 12345) % modulus
end

-- A number from 0 to 1 that depends on every byte of a text.
local function fraction(text)
  local hash = 1
  for i = 1, #text do hash = (hash * 69621 + text:byte(i) + 1) % modulus end
  for _ = 1, 4 do hash = mix(hash) end
  return hash / modulus
end

--- The shift of a moment on a day.
---@param seed string     of the home
---@param rule string     what the moment is, so that two rules differ
---@param day integer     days since 1970-01-01
---@param widest number   seconds
---@return integer seconds  from -widest to widest
return function(seed, rule, day, widest)
  local at = fraction(("%s\0%s\0%d"):format(seed, rule, day))
  return math.floor((2 * at - 1) * widest + 0.5)
end
