import { BrowserRouter, Route, Routes } from "react-router-dom";
import Invoices from "@/pages/Invoices";
import Jobs from "@/pages/Jobs";

export default function App() {
  return (
    <BrowserRouter>
      <Routes>
        <Route path="/" element={<Jobs />} />
        <Route path="/invoices" element={<Invoices />} />
      </Routes>
    </BrowserRouter>
  );
}
