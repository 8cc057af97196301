-- Argo CD fails a whole sync at the first Degraded, and lets no later wave begin while something is
-- Suspended. So only what a person must mend is Degraded, and a suspended Tenant, being as it was
-- asked to be, is Healthy.
local hs = { status = "Progressing", message = "Waiting for the operator to look at it" }

if obj.status == nil or obj.status.conditions == nil then
  return hs
end
if obj.status.observedGeneration ~= obj.metadata.generation then
  hs.message = "Waiting for the operator to look at the change"
  return hs
end

local ready, stalled
for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Ready" then
    ready = condition
  elseif condition.type == "Stalled" and condition.status == "True" then
    stalled = condition
  end
end

if stalled ~= nil then
  hs.status = "Degraded"
  hs.message = stalled.reason .. ": " .. stalled.message
elseif ready ~= nil then
  hs.message = ready.reason .. ": " .. ready.message
  if ready.status == "True" and obj.metadata.deletionTimestamp == nil then
    hs.status = "Healthy"
  end
end
return hs
