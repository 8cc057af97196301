-- Gone, not false: what Git leaves out stays left out.
obj.spec.suspend = nil
return obj
