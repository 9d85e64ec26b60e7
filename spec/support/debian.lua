--- Debian packages, unpacked without installing: some conflict with packages that the tests need.
local deb = {}

local function run(command)
  local pipe = assert(io.popen(command))
  local out = pipe:read "*a"
  pipe:close()
  return out
end

--- The reason to skip tests that need Debian packages; nil on Debian and in CI.
---@return string? why
function deb.missing()
  local has = run "command -v apt-get >/dev/null && command -v dpkg-deb" ~= ""
  if not has and not os.getenv "CI" then return "needs Debian's packages" end
end

--- Unpack packages in a folder below that of temporary files.
---@param name string     of the folder
---@param packages string separated by spaces
---@return string folder
function deb.unpacked(name, packages)
  local folder = ("%s/homey-test-deb-%s"):format(os.getenv "TMPDIR" or "/tmp", name)
  local said = run(([[
    mkdir -p '%s' && cd '%s' || exit
    exec 9>lock; command -v flock >/dev/null && flock 9
    [ ! -e done ] || exit
    rm -rf root *.deb
    unset LD_PRELOAD
    { apt-get download %s && for file in *.deb; do dpkg-deb -x "$file" root || exit; done
    } >log 2>&1 </dev/null && touch done || cat log
  ]]):format(folder, folder, packages))
  local done = io.open(folder .. "/done")
  assert(done, "the packages could not be had: " .. said)
  done:close()
  return folder .. "/root"
end

return deb
