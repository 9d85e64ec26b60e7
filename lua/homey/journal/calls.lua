-- Calls among the entries of the journal, each with its outcome.

---@class homey.RecordedCall
---@field call homey.Entry
---@field key string      tells it from all others
---@field outcome string  "sent" while no answer is known, "done", or why it failed

local function key(row, n)
  return ("%s:%s"):format(tostring(row.run), tostring(n))
end

--- The calls, in their order.
---@param each fun(f: fun(entry: homey.Entry))  calls f for each entry
---@return homey.RecordedCall[]
return function(each)
  local by_key, list = {}, {}
  each(function(row)
    local of = row.cause and by_key[key(row, row.cause)]
    if row.kind == "call" then
      local new = { call = row, key = key(row, row.n), outcome = row.error or "sent" }
      by_key[new.key], list[#list + 1] = new, new
    elseif row.kind == "answer" and of then
      of.outcome = row.error or "done"
    end
  end)
  return list
end
