"""预算·绩效·决算. Money of a budget unit: preparation, execution, registers, performance goals, accounts."""
