--- Pseudo-random numbers and bytes; the same seed gives the same ones on every Lua.

---@class homey.sim.Random
---@field pick fun(n: integer): integer  a number from 1 to n
---@field bytes fun(n: integer): string  n bytes

local modulus = 2147483647 -- Lehmer's generator, exact in doubles

--- A generator.
---@param seed integer
---@return homey.sim.Random
return function(seed)
  local state = seed % modulus
  if state == 0 then state = 1 end
  local function step()
    state = state * 48271 % modulus
    return state
  end
  local function pick(n) return math.floor(step() / modulus * n) + 1 end
  local function bytes(n)
    local out = {}
    for i = 1, n do out[i] = string.char(math.floor(step() / 256) % 256) end
    return table.concat(out)
  end
  return { pick = pick, bytes = bytes }
end
