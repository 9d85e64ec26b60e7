-- Names by which things of a home are found: Zone/Name, and Name alone where it is unique.

--- The names of things, in their order.
---@param things {name: string}[]  devices, zones, flows: what tostring gives is found, too
---@return string[][]  one or two names of each
return function(things)
  local count, names = {}, {}
  for _, each in ipairs(things) do count[each.name] = (count[each.name] or 0) + 1 end
  for i, each in ipairs(things) do
    names[i] = { tostring(each) }
    if count[each.name] == 1 and each.name ~= names[i][1] then names[i][2] = each.name end
  end
  return names
end
