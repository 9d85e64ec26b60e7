-- What is to be done before the program ends by os.exit, which collects nothing: there is no other way to hear of it. Loaded
-- with the module itself, as `os.exit(main())` looks it up before main opens anything.

local leaving = setmetatable({}, { __mode = "k" }) -- keepers

local exit = os and os.exit

if exit then
  rawset(os, "exit", function(...)
    for keeper in pairs(leaving) do pcall(keeper.save) end
    return exit(...)
  end)
end

return leaving
