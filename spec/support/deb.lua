--- Programs of others, from Debian packages that are unpacked and not installed: some conflict with what we need.
local deb = {}

local function run(command)
  local pipe = assert(io.popen(command))
  local out = pipe:read "*a"
  pipe:close()
  return out
end

--- Why what needs Debian's packages is left out: this is another system. In CI it fails instead.
---@return string? why
function deb.missing()
  local has = run "command -v apt-get >/dev/null && command -v dpkg-deb" ~= ""
  if not has and not os.getenv "CI" then return "needs Debian's packages" end
end

--- The folder in which packages are unpacked, under the folder of temporary files.
---@param name string     of the folder
---@param packages string apart by spaces
---@return string folder
function deb.unpacked(name, packages)
  local folder = ("%s/homey-test-deb-%s"):format(os.getenv "TMPDIR" or "/tmp", name)
  local said = run(([[
    mkdir -p '%s' && cd '%s' || exit
    exec 9>lock; command -v flock >/dev/null && flock 9
    [ ! -e done ] || exit
    rm -rf root *.deb
    { env -u LD_PRELOAD apt-get download %s && for file in *.deb; do env -u LD_PRELOAD dpkg-deb -x "$file" root || exit; done
    } >log 2>&1 </dev/null && touch done || cat log
  ]]):format(folder, folder, packages))
  local done = io.open(folder .. "/done")
  assert(done, "the packages could not be had: " .. said)
  done:close()
  return folder .. "/root"
end

return deb
