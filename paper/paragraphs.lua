-- \paragraph: its title stands in bold at the beginning of the text that follows, as LaTeX has it.
function Blocks(blocks)
  local out = pandoc.Blocks({})
  local title
  for _, block in ipairs(blocks) do
    if block.t == "Header" and block.level == 4 then
      title = block.content
    elseif title and block.t == "Para" then
      block.content:insert(1, pandoc.Space())
      block.content:insert(1, pandoc.Strong(title))
      if FORMAT == "typst" then out:insert(pandoc.RawBlock("typst", "#v(1.1em, weak: true)")) end
      out:insert(block)
      title = nil
    else
      if title then out:insert(pandoc.Para({ pandoc.Strong(title) })) end
      out:insert(block)
      title = nil
    end
  end
  return out
end
